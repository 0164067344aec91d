import type { LiveSpeed } from '../../api/live-speeds.js';
import type { RunHappening, RunState } from './run-state.js';

/**
 * How fast tokens arrive after something happened to the run that is shown, `state` being what was shown before;
 * `undefined` where nobody knows. It changes far more often than the rest, and stands apart for that.
 */
export function nextSpeed(
  speed: LiveSpeed | undefined,
  state: RunState,
  happening: RunHappening,
): LiveSpeed | undefined {
  if (state.kind !== 'active') return undefined;
  switch (happening.type) {
    case 'seen':
      return happening.job.job_id === state.job.job_id ? speed : undefined;
    case 'ended':
    case 'paused':
      return happening.job.job_id === state.job.job_id ? undefined : speed;
    case 'feed_lost':
      return undefined;
    case 'message':
      return speedHeard(speed, state, happening);
    default:
      return speed;
  }
}

function speedHeard(
  speed: LiveSpeed | undefined,
  { job }: Extract<RunState, { kind: 'active' }>,
  { message }: Extract<RunHappening, { type: 'message' }>,
): LiveSpeed | undefined {
  switch (message.type) {
    case 'live': {
      const { type: _, ...newest } = message;
      return newest;
    }
    case 'progress':
      return message.current_test === job.progress.current_test ? speed : undefined;
    case 'done':
      return undefined;
    case 'log':
      return speed;
  }
}
