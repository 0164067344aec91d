import { pino } from 'pino';
import t from 'tap';
import {
  type NoModel,
  PROBE_INTERVAL_MS,
  type ProbedServer,
  type ProbedTarget,
  TargetProber,
} from '../../src/metrics/target-prober.js';
import { ManualClock } from '../fixtures/manual-clock.js';

const server: ProbedServer = { kind: 'vllm', version: '1', model: 'm', contextLength: 4096 };

function probing(targets: readonly ProbedTarget[], { isScraped = true } = {}) {
  const logged: Record<string, unknown>[] = [];
  const clock = new ManualClock();
  const world = {
    targets,
    measuring: false,
    asked: [] as (string | undefined)[],
    /** Those whose use was wanted as well. */
    watched: [] as (string | undefined)[],
    answer: async (_signal: AbortSignal): Promise<ProbedServer | NoModel> => server,
  };
  const prober = new TargetProber({
    targets: () => world.targets,
    discoveredName: 'local',
    probe: (name, { withUse, signal }) => {
      world.asked.push(name);
      if (withUse) world.watched.push(name);
      return world.answer(signal);
    },
    isMeasuring: () => world.measuring,
    clock,
    logger: pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) }),
  });
  if (isScraped) prober.scraped();
  t.teardown(() => prober.close());
  const states = () => prober.current().map(({ name, state }) => `${name} ${state}`);
  /** The next round, and what it brought. */
  const round = async () => {
    clock.advance(PROBE_INTERVAL_MS);
    await new Promise(setImmediate);
  };
  return { prober, world, states, round, logged };
}

/** Nobody is answered until it is called, with what the one who asked last is answered. */
function withheld(world: ReturnType<typeof probing>['world']): (server: ProbedServer) => void {
  let answer = (_server: ProbedServer): void => undefined;
  world.answer = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  return (server) => answer(server);
}

const a = { name: 'a', labels: { room: '1' } };
const b = { name: 'b', labels: {} };

t.test('nothing is known before the first round, then each target by itself', async (t) => {
  const { prober, world, states } = probing([a, b]);
  t.same(states(), []);
  const answers = [Promise.resolve(server), Promise.reject(new Error('refused'))];
  world.answer = () => answers.shift() ?? Promise.reject(new Error('asked too often'));
  await prober.start();
  t.same(states(), ['a up', 'b down']);
  t.match(prober.current()[0], { labels: { room: '1' }, server });
  t.same(world.asked, ['a', 'b']);
});

t.test('reading asks nobody; every round asks once', async (t) => {
  const { prober, world, states, round } = probing([a]);
  await prober.start();
  for (let index = 0; index < 20; index += 1) prober.current();
  t.equal(world.asked.length, 1);
  world.answer = () => Promise.reject(new Error('gone'));
  await round();
  t.equal(world.asked.length, 2);
  t.same(states(), ['a down']);
});

t.test('without targets whatever is discovered is asked', async (t) => {
  const { prober, world, states } = probing([]);
  await prober.start();
  t.same(states(), ['local up']);
  t.same(world.asked, [undefined]);
});

t.test('while a benchmark runs nobody is asked', async (t) => {
  const { prober, world, states, round } = probing([a]);
  await prober.start();
  world.measuring = true;
  await round();
  t.equal(world.asked.length, 1);
  t.same(states(), ['a up']);
  world.measuring = false;
  await round();
  t.equal(world.asked.length, 2);
});

t.test('nobody is asked when nobody scrapes, and again when somebody does', async (t) => {
  const { prober, world, round } = probing([a], { isScraped: false });
  await prober.start();
  await round();
  t.equal(world.asked.length, 1, 'at the start, for the first scrape');
  prober.scraped();
  for (let index = 0; index < 20; index += 1) await round();
  t.equal(world.asked.length, 10, 'for five minutes more');
  prober.scraped();
  await round();
  t.equal(world.asked.length, 11);
});

t.test('who uses a target is asked only where somebody wants to know: at once, and for a while', async (t) => {
  const { prober, world, round } = probing([a]);
  await prober.start();
  await round();
  t.same([world.asked.length, world.watched.length], [2, 0], 'a scraper does not');
  prober.looked();
  prober.looked();
  await new Promise(setImmediate);
  t.same([world.asked.length, world.watched.length], [3, 1]);
  for (let index = 0; index < 10; index += 1) {
    prober.scraped();
    await round();
  }
  t.same([world.asked.length, world.watched.length], [13, 10], 'for five minutes more');
});

t.test('whoever looks in the middle of a round starts no second one', async (t) => {
  const { prober, world, round } = probing([a]);
  const answer = withheld(world);
  const first = prober.start();
  prober.looked();
  answer(server);
  await first;
  t.equal(world.asked.length, 1);
  await round();
  t.equal(world.watched.length, 1);
});

t.test('a run that lost its server has that target asked at once, whoever reads, and no other', async (t) => {
  const { prober, world, states, round } = probing([a, b], { isScraped: false });
  await prober.start();
  world.answer = () => Promise.reject(new Error('refused'));
  prober.runEnded({ target: 'a', isLost: true });
  await new Promise(setImmediate);
  t.same(world.asked, ['a', 'b', 'a']);
  t.same(states(), ['a down', 'b up']);
  await round();
  t.equal(world.asked.length, 3, 'the rounds are as they were');
  world.answer = async () => server;
  prober.runEnded({ target: 'a', isLost: true });
  await new Promise(setImmediate);
  t.same(states(), ['a up', 'b up'], 'a server that is back is back');
});

t.test('a run that went through has its target asked where that was taken to be down', async (t) => {
  const { prober, world, states } = probing([a]);
  await prober.start();
  prober.runEnded({ target: 'a', isLost: false });
  t.equal(world.asked.length, 1, 'nothing is news');
  world.answer = () => Promise.reject(new Error('refused'));
  prober.runEnded({ target: 'a', isLost: true });
  await new Promise(setImmediate);
  world.answer = async () => server;
  prober.runEnded({ target: 'a', isLost: false });
  await new Promise(setImmediate);
  t.equal(world.asked.length, 3);
  t.same(states(), ['a up']);
});

t.test('a run asks nobody while the next one measures, nor where its target is none or all is closed', async (t) => {
  const { prober, world } = probing([a]);
  await prober.start();
  world.measuring = true;
  prober.runEnded({ target: 'a', isLost: true });
  world.measuring = false;
  prober.runEnded({ target: 'http://elsewhere', isLost: true });
  prober.close();
  prober.runEnded({ target: 'a', isLost: true });
  await new Promise(setImmediate);
  t.equal(world.asked.length, 1);
});

t.test('runs that end while their target is being asked ask it no second time', async (t) => {
  const { prober, world, states } = probing([a]);
  const answer = withheld(world);
  const first = prober.start();
  prober.runEnded({ target: 'a', isLost: true });
  prober.runEnded({ target: 'a', isLost: true });
  answer(server);
  await first;
  t.equal(world.asked.length, 1);
  prober.runEnded({ target: 'a', isLost: true });
  t.equal(world.asked.length, 2, 'once it has answered');
  answer(server);
  await new Promise(setImmediate);
  t.same(states(), ['a up']);
});

t.test('a target that leaves the configuration is forgotten, and its labels are those of now', async (t) => {
  const { prober, world, states, round } = probing([a, b]);
  await prober.start();
  world.targets = [{ ...b, labels: { room: '2' } }];
  t.same(states(), ['b up']);
  t.match(prober.current()[0], { labels: { room: '2' } });
  await round();
  world.targets = [a];
  t.same(states(), [], 'not asked since it came back');
});

t.test('a target that goes down is news once', async (t) => {
  const { prober, world, round, logged } = probing([a]);
  await prober.start();
  world.answer = () => Promise.reject(new Error('gone'));
  await round();
  await round();
  t.equal(logged.length, 1);
  t.match(logged[0], { target: 'a', msg: 'the target is down' });
});

t.test('closing ends what is under way and the rounds', async (t) => {
  const { prober, world, states, round } = probing([a]);
  const asked = new Promise<AbortSignal>((resolve) => {
    world.answer = (signal) => {
      resolve(signal);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
  });
  const first = prober.start();
  await asked;
  prober.close();
  await first;
  t.same(states(), []);
  await round();
  t.equal(world.asked.length, 1);
});

t.test('a server that answers without a model is not down', async (t) => {
  const { prober, world, states, logged } = probing([a]);
  world.answer = async () => ({ noModel: 'It has none loaded.' });
  await prober.start();
  t.same(states(), ['a no_model']);
  t.match(prober.current(), [{ detail: 'It has none loaded.' }]);
  t.same(logged, []);
});
