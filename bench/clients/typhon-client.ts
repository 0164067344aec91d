/** Reads streams as the runner does. */
import { measureRequest } from '../../src/benchmark/client/request.js';
import type { RequestTimings } from '../../src/benchmark/client/request-timings.js';
import { runMetrics } from '../../src/benchmark/figures/run-metrics.js';
import { disableJit } from '../../src/runner/disable-jit.js';
import { plainInferenceServer } from '../../test/fixtures/plain-inference-server.js';
import { type ClientReading, givenLoad, readLoad } from './stream-load.js';

disableJit();

const load = givenLoad();
const server = plainInferenceServer(load.url);
const signal = new AbortController().signal;
const timeoutMs = 120_000;

async function read(nonce: string, maxTokens: number): Promise<ClientReading> {
  let bytesSeen = 0;
  let firstMs: number | undefined;
  const outcome = await measureRequest({
    server,
    model: 'fake-model',
    prompt: `${nonce} Where do rivers go?`,
    nonce,
    maxTokens,
    timeoutMs,
    signal,
    onFirstToken: (atMs) => {
      firstMs = atMs;
    },
    onRead: ({ length }) => {
      bytesSeen = length;
    },
  });
  if (!outcome.ok) throw new Error(`${outcome.failure.error}: ${outcome.failure.detail ?? ''}`);
  if (bytesSeen === 0 || firstMs === undefined) throw new Error('nothing was seen while it streamed');
  return readingOf(nonce, maxTokens, outcome.timings);
}

function readingOf(nonce: string, maxTokens: number, timings: RequestTimings): ClientReading {
  const { promptTokens, completionTokens } = timings.usage;
  const source = 'server_usage' as const;
  const counts = { promptTokens, completionTokens: completionTokens ?? 0, source, isImplausible: false };
  const run = runMetrics(timings, counts, { maxTokens, promptTargetTokens: undefined });
  return {
    nonce,
    chunks: timings.chunks.length,
    ttftMs: (run.ttft_s ?? Number.NaN) * 1000,
    decodeTps: run.tps ?? undefined,
  };
}

await readLoad(load, read);
