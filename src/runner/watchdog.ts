/** Tells a runner that is at work from one that is stuck: by how long it has said nothing. */
import type { BenchmarkPlan } from '../benchmark/plan.js';
import { RECONNECT_WAIT } from './reconnect-wait.js';
import type { RunnerRecord } from './runner-record.js';

/** A sentence on a live runner that has been silent for longer than its request may take; `undefined` while it may. */
export function silenceWarning(record: RunnerRecord): string | undefined {
  if (!record.isAlive) return undefined;
  const { plan, activeTestId, phase, silentMs, runnerId } = record;
  const requestMs = requestLimitMs(plan, activeTestId);
  if (requestMs === undefined) return undefined;
  // No request is on its way while a server that went away is waited for.
  const limitMs = phase === 'connect_group' ? requestMs + RECONNECT_WAIT.forMs : requestMs;
  if (silentMs <= limitMs) return undefined;
  const where = activeTestId === undefined ? 'before or between tests' : `in test ${activeTestId}`;
  const silence = `has said nothing for ${secondsOf(silentMs)} s, ${where}, in phase ${phase}`;
  return `Runner ${runnerId} ${silence}: its request should have ended after ${secondsOf(limitMs)} s at the latest.`;
}

/** Outside of a test the runner asks with the shortest timeout of its plan; a plan without tests asks nothing. */
function requestLimitMs({ tests }: BenchmarkPlan, testId: string | undefined): number | undefined {
  const active = tests.find((test) => test.testId === testId);
  if (active !== undefined) return active.timeoutMs;
  return tests.length === 0 ? undefined : Math.min(...tests.map((test) => test.timeoutMs));
}

function secondsOf(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 1 : 0);
}
