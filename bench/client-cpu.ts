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
        cost.few = Math.min(cost.few, await cpuMs(reader, server.url, FEW_REQUESTS));
        cost.many = Math.min(cost.many, await cpuMs(reader, server.url, MANY_REQUESTS));
      }
    }
    const chunks = TOKENS * (MANY_REQUESTS - FEW_REQUESTS);
    return figuresOf((reader) => (1000 * (least[reader].many - least[reader].few)) / chunks);
  } finally {
    await server.close();
  }
}

// Other work on the machine can only add to a program's CPU time, so the least of all rounds comes nearest to it.
function unmeasured(): { few: number; many: number } {
  return { few: Number.POSITIVE_INFINITY, many: Number.POSITIVE_INFINITY };
}

async function cpuMs(reader: Reader, url: string, requests: number): Promise<number> {
  if (reader === 'curl') {
    const body = JSON.stringify(chatBody('n0-0', TOKENS));
    const request = ['-H', 'content-type: application/json', '-d', body];
    const each = `${url}/v1/chat/completions?request=[1-${requests}]`;
    const { cpuMs, stdout } = await childCpu('curl', [
      '-sN',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code} ',
      ...request,
      each,
    ]);
    if (stdout !== '200 '.repeat(requests)) throw new Error(`curl got status ${stdout}`);
    return cpuMs;
  }
  const load = { url, streams: 1, requests, warmups: 0, staggerMs: 0, maxTokens: TOKENS };
  const { cpuMs, stdout } = await childCpu(process.execPath, clientArguments(reader, load));
  const readings: readonly ClientReading[] = JSON.parse(stdout);
  const wrong = readings.find(({ chunks }) => chunks !== TOKENS);
  if (wrong !== undefined) throw new Error(`${reader} read ${wrong.chunks} of ${TOKENS} chunks`);
  return cpuMs;
}

function figuresOf(costUs: (reader: Reader) => number): readonly Figure[] {
  const beside = (reader: Reader, limit: number | undefined): Figure => {
    const times = costUs('typhon') / costUs(reader);
    return {
      subject: 'client',
      name: `CPU per chunk beside ${reader} (${costUs('typhon').toFixed(1)} : ${costUs(reader).toFixed(1)} µs)`,
      measured: `${times.toFixed(2)} ×`,
      ratio: limit === undefined ? times : times / limit,
      aim: limit === undefined ? undefined : `≤ ${limit.toFixed(2)} ×`,
    };
  };
  return [beside('curl', 2), beside('openai', 0.5), beside('fetch', undefined), beside('socket', undefined)];
}
