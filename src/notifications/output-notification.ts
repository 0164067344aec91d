/** What a run's canary is worth telling. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { changedSentence } from '../shared/text/canary-words.js';
import type { NotificationEvent } from './event.js';

/** `undefined` unless nothing explains the answer. As long as one answer stays in place of one reference it is one event. */
export function outputNotification(result: BenchmarkResult, machine: string): NotificationEvent | undefined {
  const canary = result.benchmarks.find(({ canary: found }) => found?.verdict === 'output_changed')?.canary;
  if (!canary?.reference) return undefined;
  const { run_id, finished_at, target, model } = result;
  return {
    event: 'output_changed',
    id: `output_changed:${canary.reference.run_id}:${canary.sha256}`,
    at: finished_at,
    machine,
    run_id,
    target,
    model,
    reference_run_at: canary.reference.run_at,
    detail: changedSentence(canary),
  };
}
