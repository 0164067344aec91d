/**
 * What reading one token costs each client, beside `curl -N` that reads the same streams into nothing, each over a
 * connection of its own: the server closes them as a current llama-server does.
 */
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { childCpu } from './child-cpu.js';
import { type ClientName, clientArguments } from './client-program.js';
import { type ClientReading, chatBody } from './clients/stream-load.js';
import type { Figure } from './figure.js';

const TOKEN_GAP_MS = 1;
const TOKENS = 250;
// The difference between many requests and one leaves out what starting the program costs.
const FEW_REQUESTS = 1;
const MANY_REQUESTS = 8;
const ROUNDS = 3;

// As many as a server with batched decoding serves, whose tokens come at the same moments.
const STREAMS = 64;
const STEP_MS = 8;
const FEW_WAVES = 1;
const MANY_WAVES = 3;

const readers = ['curl', 'typhon', 'openai', 'socket', 'fetch'] as const satisfies readonly (ClientName | 'curl')[];
type Reader = (typeof readers)[number];
// These only inform.
const onceAlone: ReadonlySet<Reader> = new Set(['socket', 'fetch']);

export async function clientCpuFigures(): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: TOKEN_GAP_MS, closes: 'after-streams' });
  try {
    const least: Record<Reader, { few: number; many: number }> = {
      curl: unmeasured(),
      socket: unmeasured(),
      typhon: unmeasured(),
      fetch: unmeasured(),
      openai: unmeasured(),
    };
    for (let round = 0; round < ROUNDS; round++) {
      for (const reader of readers) {
        if (round > 0 && onceAlone.has(reader)) continue;
        const cost = least[reader];
        cost.few = Math.min(cost.few, await cpuMs(reader, server.url, { streams: 1, requests: FEW_REQUESTS }));
        cost.many = Math.min(cost.many, await cpuMs(reader, server.url, { streams: 1, requests: MANY_REQUESTS }));
      }
    }
    const chunks = TOKENS * (MANY_REQUESTS - FEW_REQUESTS);
    const single = figuresOf((reader) => (1000 * (least[reader].many - least[reader].few)) / chunks);
    await server.set({ ttftMs: 100, tokenGapMs: STEP_MS, stepMs: STEP_MS, closes: 'after-streams' });
    return [...single, await manyStreams(server.url)];
  } finally {
    await server.close();
  }
}

// Other work on the machine can only add to a program's CPU time, so the least of all rounds comes nearest to it.
function unmeasured(): { few: number; many: number } {
  return { few: Number.POSITIVE_INFINITY, many: Number.POSITIVE_INFINITY };
}

/** Of all streams at once, beside `curl` that reads as many. */
async function manyStreams(url: string): Promise<Figure> {
  const least = { curl: unmeasured(), typhon: unmeasured() };
  for (let round = 0; round < ROUNDS; round++) {
    for (const reader of ['curl', 'typhon'] as const) {
      const cost = least[reader];
      cost.few = Math.min(cost.few, await cpuMs(reader, url, { streams: STREAMS, requests: FEW_WAVES }));
      cost.many = Math.min(cost.many, await cpuMs(reader, url, { streams: STREAMS, requests: MANY_WAVES }));
    }
  }
  const chunks = TOKENS * STREAMS * (MANY_WAVES - FEW_WAVES);
  const costUs = (reader: 'curl' | 'typhon') => (1000 * (least[reader].many - least[reader].few)) / chunks;
  return beside(`curl -Z, ${STREAMS} streams`, { ours: costUs('typhon'), theirs: costUs('curl'), limit: 1 });
}

interface Load {
  readonly streams: number;
  /** Of each stream, one after the other. */
  readonly requests: number;
}

async function cpuMs(reader: Reader, url: string, { streams, requests }: Load): Promise<number> {
  if (reader === 'curl') {
    const all = streams * requests;
    const atOnce = streams === 1 ? [] : ['-Z', '--parallel-immediate', '--parallel-max', String(streams)];
    const body = JSON.stringify(chatBody('n0-0', TOKENS));
    const request = ['-H', 'content-type: application/json', '-d', body];
    const each = `${url}/v1/chat/completions?request=[1-${all}]`;
    const { cpuMs, stdout } = await childCpu('curl', [
      '-sN',
      ...atOnce,
      '-o',
      '/dev/null',
      '-w',
      '%{http_code} ',
      ...request,
      each,
    ]);
    if (stdout !== '200 '.repeat(all)) throw new Error(`curl got status ${stdout}`);
    return cpuMs;
  }
  const load = { url, streams, requests, warmups: 0, staggerMs: 0, maxTokens: TOKENS };
  const { cpuMs, stdout } = await childCpu(process.execPath, clientArguments(reader, load));
  const readings: readonly ClientReading[] = JSON.parse(stdout);
  const wrong = readings.find(({ chunks }) => chunks !== TOKENS);
  if (wrong !== undefined) throw new Error(`${reader} read ${wrong.chunks} of ${TOKENS} chunks`);
  return cpuMs;
}

interface Compared {
  readonly ours: number;
  readonly theirs: number;
  readonly limit: number | undefined;
}

/** In microseconds a chunk. */
function beside(other: string, { ours, theirs, limit }: Compared): Figure {
  const times = ours / theirs;
  return {
    subject: 'client',
    name: `CPU per chunk beside ${other} (${ours.toFixed(1)} : ${theirs.toFixed(1)} µs)`,
    measured: `${times.toFixed(2)} ×`,
    ratio: limit === undefined ? times : times / limit,
    aim: limit === undefined ? undefined : `≤ ${limit.toFixed(2)} ×`,
  };
}

function figuresOf(costUs: (reader: Reader) => number): readonly Figure[] {
  const ours = costUs('typhon');
  const limits = { curl: 2, openai: 0.5, fetch: undefined, socket: undefined } as const;
  const others = ['curl', 'openai', 'fetch', 'socket'] as const;
  return others.map((other) => beside(other, { ours, theirs: costUs(other), limit: limits[other] }));
}
