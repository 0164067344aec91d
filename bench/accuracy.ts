/** What the measured request says beside the recorded schedule of a fake server in a process of its own. */
import { quantile } from '../src/benchmark/figures/statistics.js';
import type { ClosingRule } from '../test/fixtures/fake-llm/options.js';
import { type RecordedRequest, tokenEvents } from '../test/fixtures/fake-llm/recorded-request.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { type ClientName, runClient } from './client-program.js';
import type { ClientReading } from './clients/stream-load.js';
import { type Figure, limited, noted } from './figure.js';

interface Setting {
  readonly streams: number;
  readonly requests: number;
  readonly ttftMs: number;
  readonly tokenGapMs: number;
  readonly ttftLimitMs: number;
  readonly speedLimitPercent: number;
}

const MAX_TOKENS = 64;
const STAGGER_MS = 4;

const settings: readonly Setting[] = [
  // A small model on a fast card.
  { streams: 1, requests: 20, ttftMs: 1.5, tokenGapMs: 2, ttftLimitMs: 0.3, speedLimitPercent: 0.2 },
  { streams: 1, requests: 10, ttftMs: 50, tokenGapMs: 5, ttftLimitMs: 1, speedLimitPercent: 0.2 },
  { streams: 64, requests: 2, ttftMs: 250, tokenGapMs: 20, ttftLimitMs: 2, speedLimitPercent: 0.5 },
];

interface Ending {
  readonly server: string;
  readonly closes: ClosingRule | undefined;
}

const KEEPING: Ending = { server: 'a keeping server', closes: undefined };
const endings: readonly Ending[] = [KEEPING, { server: 'a closing server', closes: 'after-streams' }];

export async function accuracyFigures(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const setting of settings) {
    for (const ends of endings) figures.push(...(await figuresOf(setting, ends)));
    figures.push(...(await floorOf(setting)));
  }
  return figures;
}

async function figuresOf(setting: Setting, ends: Ending): Promise<readonly Figure[]> {
  const { streams, ttftMs } = setting;
  const where = `${streams} ${streams === 1 ? 'stream' : 'streams'}, true TTFT ${ttftMs} ms, ${ends.server}`;
  return errorFigures(await errorsWith('typhon', setting, ends), setting, {
    ttft: `TTFT error p50, ${where}`,
    speed: `decode speed error p50, ${where}`,
  });
}

/** What a bare socket sees of it, each request over a connection of its own as well. */
async function floorOf(setting: Setting): Promise<readonly Figure[]> {
  const errors = await errorsWith('socket', setting, KEEPING);
  return errorFigures(errors, setting, {
    ttft: '  TTFT error p50 of a bare socket',
    speed: '  decode speed error p50 of a bare socket',
  }).map(noted);
}

function errorFigures(
  { ttftMs, speedPercent }: Errors,
  { ttftLimitMs, speedLimitPercent }: Setting,
  names: { readonly ttft: string; readonly speed: string },
): readonly Figure[] {
  return [
    limited('accuracy', names.ttft, quantile(ttftMs, 0.5), { value: ttftLimitMs, unit: 'ms', digits: 3 }),
    limited('accuracy', names.speed, quantile(speedPercent, 0.5), { value: speedLimitPercent, unit: '%', digits: 3 }),
  ];
}

async function errorsWith(client: ClientName, setting: Setting, { closes }: Ending): Promise<Errors> {
  const { streams, requests, ttftMs, tokenGapMs } = setting;
  // All streams get their tokens at the same moments, as from a server that decodes in batches.
  const stepMs = streams > 1 ? tokenGapMs : undefined;
  const server = await forkFakeLlmServer({ ttftMs, tokenGapMs, stepMs, closes });
  try {
    // The first wave also pays for opening the connections and for code that is not compiled yet, on both sides.
    const load = { url: server.url, streams, requests, warmups: 1, staggerMs: STAGGER_MS, maxTokens: MAX_TOKENS };
    return errorsOf(await runClient(client, load), await server.schedule());
  } finally {
    await server.close();
  }
}

/** Absolute differences, one a request. */
interface Errors {
  readonly ttftMs: readonly number[];
  readonly speedPercent: readonly number[];
}

function errorsOf(readings: readonly ClientReading[], schedule: readonly RecordedRequest[]): Errors {
  const ttftMs: number[] = [];
  const speedPercent: number[] = [];
  for (const reading of readings) {
    const sent = schedule.find((request) => JSON.stringify(request.body).includes(`"${reading.nonce} `));
    if (sent?.receivedMs === undefined) throw new Error(`the server has no record of request ${reading.nonce}`);
    const stamps = tokenEvents(sent).map((event) => event.sentMs);
    const [first, last] = [stamps[0], stamps.at(-1)];
    if (first === undefined || last === undefined || reading.decodeTps === undefined) {
      throw new Error(`no tokens in request ${reading.nonce}`);
    }
    const sentTps = (1000 * (stamps.length - 1)) / (last - first);
    ttftMs.push(Math.abs(reading.ttftMs - (first - sent.receivedMs)));
    speedPercent.push(100 * Math.abs(reading.decodeTps / sentTps - 1));
  }
  return { ttftMs, speedPercent };
}
