/** What the page knows of the benchmark it shows: a pure function from what happened to what is to be seen. */

import type { SocketMessage } from '../../api/listener/log-socket.js';
import type { ActiveJob, EndedJob, Job, PausedJob } from '../../jobs/job.js';

/** Why a wish was not granted. */
export type Problem =
  | { readonly kind: 'busy'; readonly detail: string; readonly jobId: string }
  | { readonly kind: 'failed'; readonly detail: string };

export interface Followed {
  readonly job: ActiveJob;
  /** As far as they are known, without a gap, from the first one on. */
  readonly lines: readonly string[];
  /** How many lines this connection has brought: the first of them are known from the one before. */
  readonly received: number;
  readonly feed: 'connecting' | 'open' | 'lost';
  readonly isCancelling: boolean;
}

export type RunState =
  | { readonly kind: 'idle'; readonly problem: Problem | undefined }
  | { readonly kind: 'starting'; readonly problem: undefined }
  | ({ readonly kind: 'active'; readonly problem: Problem | undefined } & Followed)
  | {
      readonly kind: 'ended';
      readonly job: EndedJob;
      readonly lines: readonly string[];
      readonly problem: Problem | undefined;
    };

export type RunHappening =
  | { readonly type: 'asked' }
  | { readonly type: 'refused'; readonly problem: Problem }
  /** An active job, from whoever it is. */
  | { readonly type: 'seen'; readonly job: ActiveJob }
  | { readonly type: 'feed_open' }
  | { readonly type: 'feed_lost' }
  | { readonly type: 'message'; readonly message: SocketMessage }
  | { readonly type: 'cancel_asked' }
  | { readonly type: 'cancel_failed'; readonly detail: string }
  | { readonly type: 'ended'; readonly job: EndedJob }
  | { readonly type: 'paused'; readonly job: PausedJob }
  /** One that this page has not seen running: it began and ended between two looks. */
  | { readonly type: 'ended_unseen'; readonly job: EndedJob }
  | { readonly type: 'dismissed' };

export const initialRun: RunState = { kind: 'idle', problem: undefined };

/** The state after something happened. Pure: the same two give the same state. */
export function nextRun(state: RunState, happening: RunHappening): RunState {
  switch (happening.type) {
    case 'asked':
      return state.kind === 'active' ? state : { kind: 'starting', problem: undefined };
    case 'refused':
      return state.kind === 'active'
        ? { ...state, problem: happening.problem }
        : { kind: 'idle', problem: happening.problem };
    case 'seen':
      return seen(state, happening.job);
    case 'ended':
      return ended(state, happening.job);
    case 'paused':
      // It makes room for whatever is asked for next, and is listed with those that wait.
      return state.kind === 'active' && state.job.job_id === happening.job.job_id
        ? { kind: 'idle', problem: state.problem }
        : state;
    case 'ended_unseen':
      return state.kind === 'idle' || state.kind === 'ended'
        ? { kind: 'ended', job: happening.job, lines: [], problem: state.problem }
        : state;
    case 'dismissed':
      return dismissed(state);
    case 'cancel_asked':
      return state.kind === 'active' ? { ...state, isCancelling: true, problem: undefined } : state;
    case 'cancel_failed':
      return state.kind === 'active'
        ? { ...state, isCancelling: false, problem: { kind: 'failed', detail: happening.detail } }
        : state;
    case 'feed_open':
      return state.kind === 'active' ? { ...state, feed: 'open', received: 0 } : state;
    case 'feed_lost':
      return state.kind === 'active' ? { ...state, feed: 'lost' } : state;
    case 'message':
      return state.kind === 'active' ? heard(state, happening.message) : state;
  }
}

type ActiveState = Extract<RunState, { kind: 'active' }>;

function seen(state: RunState, job: ActiveJob): RunState {
  if (state.kind !== 'active' || state.job.job_id !== job.job_id) {
    return {
      kind: 'active',
      job,
      lines: [],
      received: 0,
      feed: 'connecting',
      isCancelling: false,
      // Why a wish was refused still matters once the job in the way is there to be seen.
      problem: state.kind === 'idle' ? state.problem : undefined,
    };
  }
  // The feed's progress is newer than that of any answer under way; only without a feed the answer's counts.
  const progress = state.feed === 'open' && state.job.status === job.status ? state.job.progress : job.progress;
  const newest = { ...job, progress };
  // It is looked at every other second.
  return JSON.stringify(newest) === JSON.stringify(state.job) ? state : { ...state, job: newest };
}

function ended(state: RunState, job: EndedJob): RunState {
  if (state.kind === 'active' && state.job.job_id === job.job_id) {
    return { kind: 'ended', job, lines: state.lines, problem: state.problem };
  }
  if (state.kind === 'starting') return { kind: 'ended', job, lines: [], problem: undefined };
  return state;
}

function dismissed(state: RunState): RunState {
  if (state.kind === 'ended') return initialRun;
  return state.kind === 'starting' ? state : { ...state, problem: undefined };
}

function heard(state: ActiveState, message: SocketMessage): RunState {
  switch (message.type) {
    case 'log': {
      const received = state.received + 1;
      return {
        ...state,
        received,
        lines: received > state.lines.length ? [...state.lines, message.line] : state.lines,
      };
    }
    case 'progress': {
      const { type: _, ...progress } = message;
      return { ...state, job: { ...state.job, progress } };
    }
    case 'live':
      return state;
    case 'done':
      // The job itself, with what came of it, follows.
      return state;
  }
}

/** The job that is followed, if one is. */
export function activeJob(state: RunState): ActiveJob | undefined {
  return state.kind === 'active' ? state.job : undefined;
}

/** The job whose end is told, if one is. */
export function endedJob(state: RunState): EndedJob | undefined {
  return state.kind === 'ended' ? state.job : undefined;
}

/** The job that is on the page, if one is. */
export function visibleJob(state: RunState): Job | undefined {
  return state.kind === 'active' || state.kind === 'ended' ? state.job : undefined;
}
