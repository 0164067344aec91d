import t, { type Test } from 'tap';
import type { TokenChunk } from '../../../src/benchmark/client/request-timings.js';
import { arrivalsOf } from '../../../src/benchmark/figures/arrivals.js';
import { seededRandom, seeds } from '../../fixtures/seeded-random.js';
import {
  allAtOnce,
  buffered,
  direct,
  everyMs,
  generated,
  hinderedAtTimes,
  inOneChunk,
  inOneWrite,
  jittered,
  paused,
  readApart,
  slowStarted,
  speculative,
} from '../../fixtures/token-delivery.js';

const PROMPT_TOKENS = 38;

interface Read {
  readonly tps: number | undefined;
  readonly isFirstTrue: boolean;
  readonly isClumped: boolean;
  readonly areApart: boolean;
}

function read(chunks: readonly TokenChunk[], tokens: number, cutReads = 0, idleWaitMs?: number): Read {
  const answer = { startMs: 0, chunks, completionTokens: tokens, promptTokens: PROMPT_TOKENS, cutReads, idleWaitMs };
  const { decode, ...rest } = arrivalsOf(answer);
  return { ...rest, tps: decode === undefined ? undefined : decode.tokens / decode.seconds };
}

type Random = () => number;
interface Delivered {
  readonly chunks: readonly TokenChunk[];
  readonly tokens: number;
  readonly tps: number;
  readonly cutReads?: number;
}

/** An answer of a server of any usual speed, passed on by `deliver`. */
function anyAnswer(
  random: Random,
  deliver: (tokens: readonly TokenChunk[], random: Random) => TokenChunk[],
): Delivered {
  const tokens = [64, 128, 256, 1024][Math.floor(4 * random())] ?? 64;
  const tps = 15 * 100 ** random();
  const made = generated({ tokens, tps, prefillMs: 20 + 400 * random() }, random);
  return { chunks: deliver(made.tokens, random), tokens, tps: made.tps };
}

const OFF_ALLOWED = 0.05;

/** No speed is off by more than 5 %, whatever else is known. */
function isTrue({ tps }: Read, truth: number): boolean {
  return tps === undefined || Math.abs(tps / truth - 1) <= OFF_ALLOWED;
}

async function eachSeed(
  t: Test,
  deliver: (random: Random) => Delivered,
  check: (read: Read, of: Delivered) => boolean,
) {
  const wrong = seeds.filter((seed) => {
    const delivered = deliver(seededRandom(seed));
    return !check(read(delivered.chunks, delivered.tokens, delivered.cutReads), delivered);
  });
  t.same(wrong, [], 'seeds that give another');
}

function stepped(tokens: number, own: boolean, random: Random): Delivered {
  const { chunks, tps } = speculative({ tokens, stepMs: 20, prefillMs: 100, mostAStep: 4 }, own, random);
  return { chunks, tokens, tps };
}

const honest: readonly (readonly [string, (random: Random) => Delivered])[] = [
  ['a stream', (random) => anyAnswer(random, direct)],
  [
    'a stream that slows down to half its speed',
    (random) => {
      const made = generated({ tokens: 1024, tps: 2000, prefillMs: 30, slowingTo: 2 }, random);
      return { chunks: direct(made.tokens, random), tokens: 1024, tps: made.tps };
    },
  ],
  ['four tokens a chunk', (random) => anyAnswer(random, (tokens) => inOneChunk(tokens, 4))],
  ['sixteen tokens a chunk', (random) => anyAnswer(random, (tokens) => inOneChunk(tokens, 16))],
  [
    'a fast stream, several chunks a write',
    (random) => {
      const made = generated({ tokens: 64, tps: 1000 + 900 * random(), prefillMs: 20 + 60 * random() }, random);
      return { chunks: inOneWrite(made.tokens, 2 + Math.floor(4 * random())), tokens: 64, tps: made.tps };
    },
  ],
  ['speculative decoding, a chunk a step', (random) => stepped(64, false, random)],
  ['speculative decoding, a chunk a token', (random) => stepped(128, true, random)],
  [
    'a client paused in the middle',
    (random) => anyAnswer(random, (tokens) => paused(direct(tokens, random), 0.3, 0.6)),
  ],
  ['a client paused at the end', (random) => anyAnswer(random, (tokens) => paused(direct(tokens, random), 0.7, 1.3))],
  [
    'a network that jitters less than a tenth of the answer takes',
    (random) => {
      const made = generated({ tokens: 64, tps: 20 + 30 * random(), prefillMs: 200 }, random);
      return { chunks: jittered(made.tokens, 40, random), tokens: 64, tps: made.tps };
    },
  ],
];

for (const [name, deliver] of honest) {
  t.test(`${name} has its true speed`, async (t) => {
    await eachSeed(t, deliver, (read, { tps }) => read.tps !== undefined && isTrue(read, tps));
  });
}

const uncertain: readonly (readonly [string, (tokens: readonly TokenChunk[], random: Random) => TokenChunk[]])[] = [
  ['a proxy that passes on 4 KB at a time', (tokens) => buffered(tokens, 4096)],
  ['a proxy that passes on 16 KB at a time', (tokens) => buffered(tokens, 16_384)],
  ['a proxy that passes on what it has ten times a second', (tokens) => everyMs(tokens, 100)],
  ['a client paused at the beginning', (tokens, random) => paused(direct(tokens, random), 0, 0.4)],
  ['a network that jitters by 20 ms', (tokens, random) => jittered(tokens, 20, random)],
];

for (const [name, deliver] of uncertain) {
  t.test(`${name} gives a true speed or none`, async (t) => {
    await eachSeed(
      t,
      (random) => ({ ...anyAnswer(random, deliver), cutReads: name.includes('KB') ? 1 : 0 }),
      (read, { tps }) => isTrue(read, tps),
    );
  });
}

t.test('an answer that is sent once it is made has no speed and no time to its first token', async (t) => {
  const ways = [
    (tokens: readonly TokenChunk[], random: Random) => allAtOnce(tokens, 0.01, random),
    (tokens: readonly TokenChunk[], random: Random) => allAtOnce(tokens, 0.05, random),
    (tokens: readonly TokenChunk[], random: Random) => allAtOnce(tokens, 0.15, random),
    (tokens: readonly TokenChunk[]) => slowStarted(tokens, 50),
  ];
  for (const way of ways) {
    await eachSeed(
      t,
      (random) => anyAnswer(random, way),
      (read) => read.tps === undefined && read.isClumped && !read.isFirstTrue,
    );
  }
});

t.test('a finished answer handed on event by event at a plausible pace waits too long for its first', async (t) => {
  const shown = seeds.map((seed) => {
    const random = seededRandom(seed);
    const idleMs = 20 + 300 * random();
    const tokens = [64, 256, 1024][Math.floor(3 * random())] ?? 64;
    // A slow machine writes its events one to two milliseconds apart: 500 to 1,000 a second.
    const gapMs = 1 + random();
    const made = generated({ tokens, tps: 15 * 12 ** random(), prefillMs: idleMs }, random);
    return read(allAtOnce(made.tokens, gapMs, random), tokens, 0, idleMs);
  });
  t.same(
    shown.filter(({ tps, isClumped }) => tps !== undefined || !isClumped),
    [],
  );
});

t.test('a stream of thousands of tokens a second keeps its speed though each answer is waited for long', async (t) => {
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const idleMs = 200 + 400 * random();
    const made = generated({ tokens: 64, tps: 2000 + 4000 * random(), prefillMs: idleMs }, random);
    const chunks = direct(made.tokens, random);
    const { tps } = read(chunks, 64, 0, idleMs * (0.8 + 0.4 * random()));
    t.ok(tps !== undefined && Math.abs(tps / made.tps - 1) <= OFF_ALLOWED, `seed ${seed}: ${tps} of ${made.tps}`);
    t.equal(read(chunks, 64).tps, undefined, 'which without knowing that wait it could not');
  }
});

t.test('a short hold-up at the beginning takes no speed away from a slow stream', async (t) => {
  const chunks = at(...every(64, 10, 900));
  t.equal(read(chunks, 64, 0, 100).tps, 100);
});

t.test('a slow link delivers a finished answer evenly, in pieces that are no events', async (t) => {
  const made = generated({ tokens: 64, tps: 100, prefillMs: 50 }, seededRandom(1));
  const endMs = made.tokens.at(-1)?.atMs ?? 0;
  // 2 Mbit/s: six events a segment, one segment each 5.84 ms.
  const chunks = made.tokens.map((token, index) => ({ ...token, atMs: endMs + 5.84 * Math.floor(index / 6) }));
  t.match(read(chunks, 64, 1), { tps: undefined, isClumped: true });
});

/** Chunks of one token at these times. */
function at(...timesMs: readonly number[]): TokenChunk[] {
  return timesMs.map((atMs) => ({ atMs, characters: 4 }));
}

const every = (count: number, gapMs: number, fromMs = 100) =>
  Array.from({ length: count }, (_, index) => fromMs + gapMs * index);

t.test('the first token was made before the time that counts', async (t) => {
  t.match(read(at(...every(5, 10)), 5), { tps: 100, isFirstTrue: true, isClumped: false, areApart: true });
  const chunks = every(4, 80).map((atMs) => ({ atMs, characters: 60 }));
  t.match(read(chunks, 64), { tps: 200, isClumped: false }, '16 of 64 came with the first chunk');
  const rest = chunks.map((chunk, index) => (index === 3 ? { ...chunk, characters: 15 } : chunk));
  t.equal(Math.round(read(rest, 52).tps ?? 0), 150, 'the last chunk holds what is left: 16, 16, 16 and 4');
});

t.test('an end token without words is no reason to count anew', async (t) => {
  t.equal(read(at(...every(10, 10)), 11).tps, 10 / 0.09);
});

t.test('chunks shorter than a token share one', async (t) => {
  t.equal(Math.round(read(at(...every(40, 5)), 20).tps ?? 0), 100);
});

t.test('one chunk has no speed, but a time', async (t) => {
  t.match(read(at(100), 1), { tps: undefined, isFirstTrue: true, isClumped: false });
  t.match(read(at(100), 64), { tps: undefined, isFirstTrue: true, isClumped: false });
});

t.test('what comes in a single read says nothing of either', async (t) => {
  t.match(read(at(100, 100, 100), 3), { tps: undefined, isFirstTrue: false, isClumped: true });
});

t.test('a first read of several chunks that waited for each other has no time to the first token', async (t) => {
  const late = at(...[1, 2, 3, 4, 5].map(() => 200), ...every(60, 10, 210));
  t.match(read(late, 65), { tps: 100, isFirstTrue: false, isClumped: true });
  const fast = at(...[1, 2, 3].map(() => 200), ...every(61, 1, 201));
  t.match(read(fast, 64), { tps: 1000, isFirstTrue: true, isClumped: false }, '2 ms of 200 are no reason');
});

for (const tps of [180, 800, 1800]) {
  t.test(
    `behind a proxy that waits for 1,460 bytes, ${tps} tokens a second are told, and no late first token`,
    async (t) => {
      for (const readMs of [0, 0.1, 0.3]) {
        for (const prefillMs of [20, 200]) {
          const wrong = seeds.filter((seed) => {
            const made = generated({ tokens: 64, tps, prefillMs }, seededRandom(seed));
            const chunks = readApart(buffered(made.tokens, 1460), readMs);
            const { tps: told, isFirstTrue, isClumped } = read(chunks, 64, 1, prefillMs);
            const isOff = told === undefined || Math.abs(told / made.tps - 1) > 0.02;
            const lateMs = (chunks[0]?.atMs ?? 0) - prefillMs;
            return isOff || isFirstTrue === isClumped || (isFirstTrue && lateMs > Math.max(1, 0.02 * prefillMs));
          });
          t.same(wrong, [], `${readMs} ms between two reads, the first token after ${prefillMs} ms`);
        }
      }
    },
  );
}

t.test('a client that is busy at times is no proxy that holds tokens back', async (t) => {
  for (const tps of [30, 80, 180]) {
    await eachSeed(
      t,
      (random) => {
        const made = generated({ tokens: 128, tps, prefillMs: 100 }, random);
        const [first, ...rest] = direct(made.tokens, random);
        const chunks = first === undefined ? [] : [first, ...hinderedAtTimes(rest, 4000 / tps, random)];
        return { chunks: readApart(chunks, 0.1), tokens: 128, tps: made.tps };
      },
      (read, of) => !read.isClumped && read.isFirstTrue && isTrue(read, of.tps),
    );
  }
});

t.test('a server that slows down at the end was not held back before', async (t) => {
  const slowing = at(...every(58, 8, 100), ...every(6, 40, 100 + 57 * 8 + 40));
  t.match(read(slowing, 64), { tps: 63 / (57 * 0.008 + 6 * 0.04), isFirstTrue: true, isClumped: false });
});

t.test('a pause before the last token takes nothing from the pace of all others', async (t) => {
  const late = at(...every(63, 30, 100), 100 + 62 * 30 + 150);
  t.match(read(late, 64), { tps: 63 / (62 * 0.03 + 0.15), isFirstTrue: true, isClumped: false });
});

t.test('long pauses of the server are its own', async (t) => {
  const stalling = at(...every(64, 5).map((atMs, index) => atMs + 60 * Math.floor(index / 8)));
  t.match(read(stalling, 64), { tps: 63 / ((63 * 5 + 7 * 60) / 1000), isClumped: false });
});

t.test('a prompt that was read for long explains a long wait, a short one does not', async (t) => {
  const chunks = at(...every(64, 0.4, 400));
  const answer = { startMs: 0, chunks, completionTokens: 64, cutReads: 0 };
  t.equal(arrivalsOf({ ...answer, promptTokens: 30 }).decode, undefined);
  t.ok(arrivalsOf({ ...answer, promptTokens: 8000 }).decode);
});
