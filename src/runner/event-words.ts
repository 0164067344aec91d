/** What the flight recorder keeps of an event: a line for people, figures for programs. */
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import { extraRunWords, runWords } from '../shared/text/run-words.js';

type Attributes = Readonly<Record<string, string | number | boolean>>;

// A line of a log may quote a server's whole answer.
const MAX_DETAIL = 500;

/** The event in a line of at most 500 characters. */
export function detailOf(event: BenchmarkEvent): string {
  return shortened(words(event));
}

/** Cut to 500 characters, the last of them `…`. */
export function shortened(text: string): string {
  return text.length <= MAX_DETAIL ? text : `${text.slice(0, MAX_DETAIL - 1)}…`;
}

/** The test that an event belongs to; a line of the log belongs to none. */
export function testIdOf(event: BenchmarkEvent): string | undefined {
  if (event.type === 'log' || event.type === 'context_changed') return undefined;
  return event.type === 'test_finished' ? event.test.test_id : event.testId;
}

/** Figures that are unknown are left out. */
export function attributesOf(event: BenchmarkEvent): Attributes {
  switch (event.type) {
    case 'run_finished': {
      const { run, warmup, result } = event;
      const common = { run, warmup, success: result.success };
      if (!result.success) return known({ ...common, error: result.error, status: result.status });
      const { tps, ttft_s, completion_tokens } = result;
      return known({ ...common, tps, ttftSeconds: ttft_s, completionTokens: completion_tokens });
    }
    case 'test_finished':
      return known({ successfulRuns: event.test.successful_runs, avgTps: event.test.avg_tps });
    case 'live':
      return { chunks: event.chunks, chunksPerSecond: event.chunksPerSecond };
    case 'context_changed':
      return { contextLength: event.contextLength };
    case 'extra_run_started':
      return { run: event.run, precision: event.precision };
    case 'phase':
    case 'test_started':
    case 'test_skipped':
    case 'log':
      return {};
  }
}

/** What of `values` is known. */
export function known(values: Readonly<Record<string, string | number | boolean | null | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, value]])),
  );
}

function words(event: BenchmarkEvent): string {
  switch (event.type) {
    case 'phase':
      return event.detail ?? event.phase;
    case 'log':
      return event.line;
    case 'context_changed':
      return `context of ${event.contextLength} tokens`;
    case 'test_started':
      return event.name;
    case 'extra_run_started':
      return extraRunWords(event);
    case 'live':
      return `${event.chunks} chunks, ${event.chunksPerSecond.toFixed(1)} a second`;
    case 'run_finished':
      return runWords(event) + (event.result.success ? '' : `: ${event.result.error}`);
    case 'test_finished':
      return event.test.error === null ? event.test.test_id : `${event.test.test_id}: ${event.test.error}`;
    case 'test_skipped':
      return event.reason;
  }
}
