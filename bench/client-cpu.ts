/** What reading one token costs each client, beside `curl -N` that reads the same streams into nothing. */
import { quantile } from '../src/benchmark/statistics.js';
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
    const rounds: Record<Reader, number>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const costs = { curl: 0, socket: 0, typhon: 0, fetch: 0, openai: 0 };
      for (const reader of readers) costs[reader] = await costPerChunkUs(reader, server.url);
      rounds.push(costs);
    }
    return figuresOf(rounds);
  } finally {
    await server.close();
  }
}

async function costPerChunkUs(reader: Reader, url: string): Promise<number> {
  const short = await cpuMs(reader, url, SHORT_TOKENS);
  const long = await cpuMs(reader, url, LONG_TOKENS);
  return (1000 * (long - short)) / (LONG_TOKENS - SHORT_TOKENS);
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

function figuresOf(rounds: readonly Record<Reader, number>[]): readonly Figure[] {
  const cost = (reader: Reader): number | undefined =>
    quantile(
      rounds.map((round) => round[reader]),
      0.5,
    );
  const typhon = cost('typhon');
  const beside = (reader: Reader, limit: number | undefined): Figure => {
    const other = cost(reader);
    const times = typhon === undefined || other === undefined ? undefined : typhon / other;
    const name = `CPU per chunk beside ${reader} (${micro(typhon)} : ${micro(other)})`;
    return {
      subject: 'client',
      name,
      measured: times === undefined ? 'unknown' : `${times.toFixed(2)} ×`,
      ratio: times === undefined || limit === undefined ? times : times / limit,
      aim: limit === undefined ? undefined : `≤ ${limit.toFixed(2)} ×`,
    };
  };
  return [beside('curl', 3), beside('openai', 0.5), beside('fetch', undefined), beside('socket', undefined)];
}

function micro(us: number | undefined): string {
  return us === undefined ? 'unknown' : `${us.toFixed(1)} µs`;
}
