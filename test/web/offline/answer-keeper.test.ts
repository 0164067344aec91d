import t from 'tap';
import { INSTALLATION_HEADER } from '../../../src/shared/installation-header.js';
import { AnswerKeeper } from '../../../src/web/offline/answer-keeper.js';
import { keptAtMsOf } from '../../../src/web/offline/kept-at.js';
import { PatientFetch } from '../../../src/web/offline/patient-fetch.js';
import { FakeCaches } from '../../fixtures/fake-caches.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

const NOW_MS = Date.parse('2026-11-22T12:00:00.000Z');
const BASE = 'http://studio:8000/';

type Answering = (url: string) => Response;

function bench(caches = new FakeCaches()) {
  const clock = new ManualClock(NOW_MS);
  let answering: Answering | undefined;
  const fetch = async ({ url }: Request) => {
    if (answering === undefined) throw new TypeError('Failed to fetch');
    return answering(url);
  };
  const keeper = new AnswerKeeper({
    open: () => caches.open('answers') as unknown as Promise<Cache>,
    network: new PatientFetch({ fetch, clock }),
    clock,
  });
  const ask = async (path: string) => {
    const answer = await keeper.answer(new Request(BASE + path));
    await keeper.settled();
    return answer;
  };
  /** Has the agent answer so, or not at all. */
  const agent = (next: Answering | undefined) => {
    answering = next;
  };
  const held = async () => (await caches.held('answers')).map((url) => url.slice(BASE.length));
  return { clock, ask, agent, held, caches, keeper };
}

t.test('what was seen is there when nobody answers, and says when it was given', async (t) => {
  const { clock, ask, agent } = bench();
  agent(() => Response.json({ cards: 3 }));
  t.equal(keptAtMsOf(await ask('cards')), undefined);
  clock.advance(3_600_000);
  agent(undefined);
  const kept = await ask('cards');
  t.same(await kept.json(), { cards: 3 });
  t.match(kept.headers.get('content-type'), 'application/json');
  t.equal(keptAtMsOf(kept), NOW_MS);
  await t.rejects(ask('trends'), { message: 'Failed to fetch' });
  agent(() => Response.json({ cards: 4 }));
  t.same(await (await ask('cards')).json(), { cards: 4 });
});

t.test('of a status every two seconds one in ten seconds is written', async (t) => {
  const { clock, ask, agent } = bench();
  let count = 0;
  agent(() => Response.json({ count: ++count }));
  for (const ms of [0, 9999, 1]) {
    clock.advance(ms);
    await ask('status');
  }
  agent(undefined);
  t.same(await (await ask('status')).json(), { count: 3 });
  agent(() => Response.json({ count: ++count }));
  clock.advance(9999);
  await ask('status');
  agent(undefined);
  t.same(await (await ask('status')).json(), { count: 3 });
});

t.test('refusals and what a token opened are not kept', async (t) => {
  const { ask, agent, held } = bench();
  agent((url) =>
    url.endsWith('models')
      ? new Response('{}', { status: 500 })
      : new Response('{}', { headers: { vary: 'Authorization' } }),
  );
  await ask('models');
  await ask('cards');
  t.same(await held(), []);
});

t.test('once the agent wants a token, nothing of before is shown', async (t) => {
  const { ask, agent, held } = bench();
  agent(() => Response.json({}));
  await ask('cards');
  await ask('status');
  t.same(await held(), ['cards', 'status']);
  agent(() => Response.json({ detail: 'This needs a token.' }, { status: 401 }));
  t.equal((await ask('cards')).status, 401);
  t.same(await held(), []);
  agent(() => Response.json({}));
  await ask('status');
  t.same(await held(), ['status'], 'and what comes after is kept at once');
});

const of = (installation: string, body: object) =>
  Response.json(body, { headers: { [INSTALLATION_HEADER]: installation } });

t.test('what another installation gave is never shown once this one answers', async (t) => {
  const { ask, agent, held, caches } = bench();
  agent(() => of('a', { of: 'a' }));
  await ask('cards');
  await ask('models');
  agent(() => of('b', { of: 'b' }));
  await ask('status');
  t.same(await held(), ['status']);
  agent(undefined);
  t.same(await (await ask('status')).json(), { of: 'b' });
  await t.rejects(ask('cards'), { message: 'Failed to fetch' });
  const next = bench(caches);
  next.agent(() => of('b', { of: 'b' }));
  await next.ask('models');
  t.same(await next.held(), ['status', 'models'], 'a later life of the worker keeps what is its own');
  const other = bench(caches);
  other.agent(() => of('c', {}));
  await other.ask('cards');
  t.same(await other.held(), ['cards'], 'and knows what is not');
});

t.test('it is told apart also while what it kept is still being removed', async (t) => {
  const { ask, agent, keeper } = bench();
  agent(() => of('a', { of: 'a' }));
  await ask('cards');
  agent((url) => {
    if (url.endsWith('cards')) return new Response('', { status: 502 });
    return of('b', { of: 'b' });
  });
  const [status, cards] = await Promise.all(['status', 'cards'].map((path) => keeper.answer(new Request(BASE + path))));
  t.equal(status?.status, 200);
  t.equal(cards?.status, 502, 'the proxy’s answer, not the other one’s');
  await keeper.settled();
});

t.test('at most fifty answers, the longest unseen go', async (t) => {
  const { ask, agent, held } = bench();
  agent(() => Response.json({}));
  for (let index = 0; index < 50; index += 1) await ask(`jobs/${index}`);
  await ask('jobs/0');
  await ask('jobs/50');
  const kept = await held();
  t.equal(kept.length, 50);
  t.notOk(kept.includes('jobs/1'));
  t.ok(kept.includes('jobs/0'));
});

t.test('at most five MiB, of which none is longer than one', async (t) => {
  const { ask, agent, held } = bench();
  const bytes = (count: number) => agent(() => new Response(new Uint8Array(count)));
  bytes(2 ** 20);
  for (let index = 0; index < 6; index += 1) await ask(`jobs/${index}`);
  t.same(await held(), ['jobs/1', 'jobs/2', 'jobs/3', 'jobs/4', 'jobs/5']);
  bytes(2 ** 20 + 1);
  await ask('jobs/5');
  t.same(await held(), ['jobs/1', 'jobs/2', 'jobs/3', 'jobs/4'], 'and an older one is not taken for the newest');
});

t.test('a worker that was ended and started again counts what the former one kept', async (t) => {
  const { ask, agent, caches, clock } = bench();
  agent(() => Response.json({}));
  for (let index = 0; index < 50; index += 1) {
    clock.advance(1);
    await ask(`jobs/${index}`);
  }
  const next = bench(caches);
  next.clock.advance(1000);
  next.agent(() => Response.json({}));
  await next.ask('jobs/50');
  const kept = await next.held();
  t.equal(kept.length, 50);
  t.notOk(kept.includes('jobs/0'));
});

t.test('a store that takes nothing is no trouble for the answers', async (t) => {
  const clock = new ManualClock(NOW_MS);
  const keeper = new AnswerKeeper({
    open: () => Promise.reject(new Error('QuotaExceededError')),
    network: new PatientFetch({ fetch: async () => Response.json({ cards: 3 }), clock }),
    clock,
  });
  t.same(await (await keeper.answer(new Request(`${BASE}cards`))).json(), { cards: 3 });
  await keeper.settled();
});
