/**
 * What others that are found on `PATH` cost and read, beside ours, against the same fake server: a known time to the first
 * token and known gaps. Each whole, from its start to its end, as whoever runs it pays for it.
 */
import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { quantile } from '../src/benchmark/figures/statistics.js';
import { tokenEvents } from '../test/fixtures/fake-llm/recorded-request.js';
import { type ForkedFakeLlmServer, forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { childCpu } from './child-cpu.js';
import { clientArguments } from './client-program.js';
import type { ClientReading } from './clients/stream-load.js';
import type { Figure } from './figure.js';

const SUBJECT = 'peers';
const TTFT_MS = 50;
const TOKEN_GAP_MS = 5;
const TOKENS = 64;
const REQUESTS = 8;
const LIMIT_S = 60;

interface Peer {
  readonly program: string;
  /** `folder` is empty, and its own. */
  readonly args: (url: string, folder: string) => Promise<readonly string[]>;
  /** The median time to the first token that it tells in what it wrote there; in milliseconds. */
  readonly ttftMs: (folder: string) => Promise<number | undefined>;
}

const peers: readonly Peer[] = [
  {
    program: 'guidellm',
    args: async (url, folder) => {
      const data = join(folder, 'prompts.jsonl');
      const prompts = Array.from({ length: REQUESTS }, (_, index) => ({ prompt: `n${index} Where do rivers go?` }));
      await writeFile(data, prompts.map((prompt) => `${JSON.stringify(prompt)}\n`).join(''));
      const backend = `kind=openai_http,target=${url},model=fake-model`;
      const ends = ['--constraint', `kind=max_requests,count=${REQUESTS}`, '--disable-console'];
      const told = ['--output', `kind=json,path=${join(folder, 'told.json')}`];
      return [
        'run',
        '--backend',
        backend,
        '--profile',
        'kind=synchronous',
        '--data',
        `kind=json_file,path=${data}`,
        ...ends,
        ...told,
      ];
    },
    ttftMs: async (folder) => medianUnder(await toldIn(folder, 'told.json'), 'time_to_first_token_ms'),
  },
  {
    program: 'aiperf',
    args: async (url, folder) => [
      ...['profile', '--model', 'fake-model', '--url', url, '--endpoint-type', 'chat', '--streaming'],
      ...['--tokenizer', await wordTokenizer(folder), '--request-count', String(REQUESTS), '--concurrency', '1'],
      ...['--isl', '16', '--osl', String(TOKENS), '--ui', 'none', '--no-gpu-telemetry', '--no-server-metrics'],
      ...['--artifact-dir', folder],
    ],
    ttftMs: async (folder) => medianUnder(await toldIn(folder, 'profile_export_aiperf.json'), 'time_to_first_token'),
  },
  {
    program: 'llama-benchy',
    args: async (url, folder) => [
      ...['--base-url', `${url}/v1`, '--model', 'fake-model', '--tokenizer', await wordTokenizer(folder)],
      ...['--pp', '16', '--tg', String(TOKENS), '--runs', String(REQUESTS), '--book-url', `${url}/v1/models`],
      ...['--latency-mode', 'none', '--skip-coherence', '--format', 'json', '--save-result', join(folder, 'told.json')],
    ],
    ttftMs: async (folder) => medianUnder(await toldIn(folder, 'told.json'), 'e2e_ttft'),
  },
];

/** One that counts words, since those of real models have to be downloaded. */
async function wordTokenizer(folder: string): Promise<string> {
  const model = { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' };
  const nothing = { truncation: null, padding: null, normalizer: null, post_processor: null, decoder: null };
  const tokenizer = { version: '1.0', ...nothing, added_tokens: [], pre_tokenizer: { type: 'Whitespace' }, model };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const settings = { tokenizer_class: 'PreTrainedTokenizerFast', unk_token: '[UNK]' };
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(settings));
  return folder;
}

/** Takes no time where none of them is found. */
export async function peerFigures(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const found: Peer[] = [];
  for (const peer of peers) {
    if (await isOnPath(peer.program)) found.push(peer);
    else figures.push(told(`${peer.program} is not on PATH`, '–'));
  }
  const hasNodeExporter = (await isOnPath('prometheus-node-exporter')) || (await isOnPath('node_exporter'));
  figures.push(told(hasNodeExporter ? 'node_exporter: see scrape' : 'node_exporter is not on PATH', '–'));
  if (found.length === 0) return figures;
  figures.unshift(...(await withServer(ourFigures)));
  for (const peer of found) figures.push(...(await withServer((server) => figuresOf(peer, server))));
  return figures;
}

function told(name: string, measured: string): Figure {
  return { subject: SUBJECT, name, measured, ratio: undefined, aim: undefined };
}

async function isOnPath(program: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

/** A new one for each, so that its record holds the requests of one client alone. */
async function withServer<T>(use: (server: ForkedFakeLlmServer) => Promise<T>): Promise<T> {
  const server = await forkFakeLlmServer({ ttftMs: TTFT_MS, tokenGapMs: TOKEN_GAP_MS });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

async function ourFigures(server: ForkedFakeLlmServer): Promise<readonly Figure[]> {
  const load = { url: server.url, streams: 1, requests: REQUESTS, warmups: 0, staggerMs: 0, maxTokens: TOKENS };
  const { cpuMs, stdout } = await childCpu(process.execPath, clientArguments('typhon', load));
  const readings: readonly ClientReading[] = JSON.parse(stdout);
  const ttftMs = quantile(
    readings.map((reading) => reading.ttftMs),
    0.5,
  );
  return compared('typhon', { cpuMs, ttftMs, truth: await truthOf(server) });
}

async function figuresOf(peer: Peer, server: ForkedFakeLlmServer): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  try {
    const args = [`${LIMIT_S}`, peer.program, ...(await peer.args(server.url, folder))];
    const { cpuMs } = await childCpu('timeout', args);
    return compared(peer.program, { cpuMs, ttftMs: await peer.ttftMs(folder), truth: await truthOf(server) });
  } catch (error) {
    const [reason = ''] = lastWords(error);
    return [told(`${peer.program} did not run within ${LIMIT_S} s: ${reason}`, '–')];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lastWords(error: unknown): readonly string[] {
  if (!(error instanceof Error && 'stderr' in error && 'stdout' in error)) return [String(error)];
  // The very last line is the time that it took.
  const errors = String(error.stderr).trim().split('\n').slice(0, -1);
  return [...String(error.stdout).split('\n'), ...errors]
    .reverse()
    .map((line) => line.trim().slice(0, 100))
    .filter((line) => line !== '');
}

interface Truth {
  readonly tokens: number;
  /** Median of what the server took for the first token. */
  readonly ttftMs: number | undefined;
}

async function truthOf(server: ForkedFakeLlmServer): Promise<Truth> {
  const answered = (await server.schedule()).filter((request) => tokenEvents(request).length > 1);
  const times = answered.flatMap((request) => {
    const first = tokenEvents(request)[0];
    return first === undefined || request.receivedMs === undefined ? [] : [first.sentMs - request.receivedMs];
  });
  return {
    tokens: answered.reduce((sum, request) => sum + tokenEvents(request).length, 0),
    ttftMs: quantile(times, 0.5),
  };
}

function compared(
  name: string,
  { cpuMs, ttftMs, truth }: { readonly cpuMs: number; readonly ttftMs: number | undefined; readonly truth: Truth },
): readonly Figure[] {
  if (truth.tokens === 0) return [told(`${name} had no answer of more than one token`, '–')];
  const cost = told(
    `${name}: CPU of the whole program (${truth.tokens} tokens)`,
    `${cpuMs.toFixed(0)} ms, ${(cpuMs / truth.tokens).toFixed(2)} a token`,
  );
  if (ttftMs === undefined || truth.ttftMs === undefined) return [cost];
  const error = Math.abs(ttftMs - truth.ttftMs);
  return [
    cost,
    told(`  its TTFT, median, beside the server's ${truth.ttftMs.toFixed(2)} ms`, `${error.toFixed(2)} ms off`),
  ];
}

async function toldIn(folder: string, file: string): Promise<unknown> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => 'null');
  return JSON.parse(text);
}

/** The first median, however deep, below a field of this name: `{median}`, `{p50}`, `{values}` or `{successful: {median}}`. */
function medianUnder(value: unknown, name: string): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const median = key === name ? medianOf(inner) : medianUnder(inner, name);
    if (median !== undefined) return median;
  }
  return undefined;
}

function medianOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { median, p50, values, successful } = value as Readonly<Record<string, unknown>>;
  const own = [median, p50].find((number) => typeof number === 'number');
  if (typeof own === 'number') return own;
  return Array.isArray(values) ? quantile(values.map(Number), 0.5) : medianOf(successful);
}
