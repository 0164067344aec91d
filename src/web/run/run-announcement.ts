import { errorWords } from '../../shared/text/error-words.js';
import type { RunState } from './run-state.js';

/** What is read out of the run: `calm` when the reader pauses, `urgent` at once. Each turn of events has words of its own. */
export interface RunAnnouncement {
  readonly calm: string;
  readonly urgent: string;
}

const silence: RunAnnouncement = { calm: '', urgent: '' };

/** The same words for as long as nothing new is to be said: progress is the bar's to tell. */
export function runAnnouncement(state: RunState): RunAnnouncement {
  if (state.problem !== undefined) {
    return state.problem.kind === 'busy'
      ? { calm: '', urgent: `Not started: job ${state.problem.jobId} is under way` }
      : { calm: '', urgent: `That did not work: ${state.problem.detail}` };
  }
  switch (state.kind) {
    case 'idle':
      return silence;
    case 'starting':
      return { calm: 'The benchmark is starting', urgent: '' };
    case 'active':
      return { calm: activeWords(state), urgent: '' };
    case 'ended':
      return state.job.status === 'error'
        ? { calm: '', urgent: `The benchmark failed: ${errorWords(state.job.error)}` }
        : { calm: `The benchmark is ${state.job.status}`, urgent: '' };
  }
}

function activeWords({ job, isCancelling }: Extract<RunState, { kind: 'active' }>): string {
  if (isCancelling) return 'The benchmark is being cancelled';
  return job.status === 'pending' ? 'The benchmark waits for its turn' : 'The benchmark is running';
}
