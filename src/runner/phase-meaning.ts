/** What it means of a runner that it is in a phase. */
import type { RunnerPhase } from '../benchmark/phase.js';
import type { StatusKind } from './diagnostics/diagnostics-schema.js';

/** The status that comes with a phase; with every other one the runner is running. */
export const phaseStatus: Readonly<Partial<Record<RunnerPhase, StatusKind>>> = {
  created: 'RunnerIdle',
  idle: 'RunnerIdle',
  connect_group: 'RunnerConnecting',
  load_model: 'RunnerLoading',
  cancel_requested: 'RunnerShuttingDown',
  cancel_observed: 'RunnerShuttingDown',
  shutdown_cleanup: 'RunnerShuttingDown',
  error: 'RunnerFailed',
};

/** The only ones left once it is asked to stop: what it was doing is an entry of the recorder and no phase any more. */
export const phasesOfTheEnd: ReadonlySet<RunnerPhase> = new Set(['cancel_observed', 'shutdown_cleanup', 'error']);

/** What somebody who looks for where it got stuck calls the first time that it enters a phase. */
export const milestones: Readonly<Partial<Record<RunnerPhase, string>>> = {
  idle: 'ready',
  load_model: 'server_reached',
  decode_stream: 'first_token',
  cancel_observed: 'cancel_observed',
  shutdown_cleanup: 'shutdown_cleanup',
  error: 'failed',
};
