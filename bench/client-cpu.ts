/** What reading one token costs each client, beside `curl -N` that reads the same streams into nothing. */
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { childCpu } from './child-cpu.js';
import { type ClientName, clientArguments } from './client-program.js';
import { type ClientReading, chatBody } from './clients/stream-load.js';
import type { Figure } from './figure.js';

const TOKEN_GAP_MS = 1;
// The difference between a long answer and a short one leaves out what starting the program costs.
const SHORT_TOKENS = 250;
const LONG_TOKENS = 2750;
const ROUNDS = 5;

const readers = ['curl', 'socket', 'typhon', 'fetch', 'openai'] as const satisfies readonly (ClientName | 'curl')[];
type Reader = (typeof readers)[number];

export async function clientCpuFigures(): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: TOKEN_GAP_MS });
  try {
    const least: Record<Reader, { short: number; long: number }> = {
      curl: unmeasured(),
      socket: unmeasured(),
      typhon: unmeasured(),
      fetch: unmeasured(),
      openai: unmeasured(),
    };
    for (let round = 0; round < ROUNDS; round++) {
      for (const reader of readers) {
        const cost = least[reader];
        cost.short = Math.min(cost.short, await cpuMs(reader, server.url, SHORT_TOKENS));
        cost.long = Math.min(cost.long, await cpuMs(reader, server.url, LONG_TOKENS));
      }
    }
    return figuresOf((reader) => (1000 * (least[reader].long - least[reader].short)) / (LONG_TOKENS - SHORT_TOKENS));
  } finally {
    await server.close();
  }
}

// Other work on the machine can only add to a program's CPU time, so the least of all rounds comes nearest to it.
function unmeasured(): { short: number; long: number } {
  return { short: Number.POSITIVE_INFINITY, long: Number.POSITIVE_INFINITY };
}

async function cpuMs(reader: Reader, url: string, maxTokens: number): Promise<number> {
  if (reader === 'curl') {
    const body = JSON.stringify(chatBody('n0-0', maxTokens));
    const request = ['-H', 'content-type: application/json', '-d', body, `${url}/v1/chat/completions`];
    const { cpuMs, stdout } = await childCpu('curl', ['-sN', '-o', '/dev/null', '-w', '%{http_code}', ...request]);
    if (stdout !== '200') throw new Error(`curl got status ${stdout}`);
    return cpuMs;
  }
  const load = { url, streams: 1, requests: 1, warmups: 0, staggerMs: 0, maxTokens };
  const { cpuMs, stdout } = await childCpu(process.execPath, clientArguments(reader, load));
  const readings: readonly ClientReading[] = JSON.parse(stdout);
  if (readings[0]?.chunks !== maxTokens)
    throw new Error(`${reader} read ${readings[0]?.chunks} of ${maxTokens} chunks`);
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
  return [beside('curl', 3), beside('openai', 0.5), beside('fetch', undefined), beside('socket', undefined)];
}
