import type { EndedJob } from '../../jobs/job.js';
import { errorWords } from '../../shared/text/error-words.js';
import { AgentButton } from '../agent/agent-button.js';
import type { PageSession } from '../agent/page-session.js';
import { hrefOf } from '../ui/route.js';
import { span } from '../ui/times.js';
import type { Problem } from './run-state.js';

const looks = { done: 'good', error: 'bad', cancelled: 'warn', interrupted: 'warn' } as const;

interface EndedMessageProps {
  readonly job: EndedJob;
  /** Where it is news: it can be put away, and leads to the job's own view. */
  readonly session?: PageSession;
}

/** How a job ended. */
export function EndedMessage({ job, session }: EndedMessageProps) {
  return (
    <div class={`notice ${looks[job.status]}`}>
      <p>
        <strong>{headline(job)}</strong> {job.status === 'error' && <span>{errorWords(job.error)}</span>}
        {job.status === 'interrupted' && <span>{job.error}</span>}
      </p>
      {job.status === 'error' && job.error_detail !== undefined && <p class="hint">{job.error_detail}</p>}
      {session !== undefined && (
        <p class="notice-links">
          <a href={hrefOf({ view: 'job', jobId: job.job_id })}>
            {job.status === 'done' ? 'Result and log' : 'Its log'}
          </a>
          <button type="button" class="quiet" onClick={() => session.run.dismiss()}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}

function headline({ status, started_at: startedAt, finished_at: finishedAt }: EndedJob): string {
  const took = startedAt === null ? '' : ` after ${span(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  switch (status) {
    case 'done':
      return `Done${took}.`;
    case 'error':
      return `Failed${took}.`;
    case 'cancelled':
      return `Cancelled${took}. Nothing of it was recorded.`;
    case 'interrupted':
      return 'Interrupted.';
  }
}

/** Why a wish was not granted, and what can be done instead. */
export function ProblemMessage({ problem, session }: { readonly problem: Problem; readonly session: PageSession }) {
  if (problem.kind === 'failed') {
    return (
      <div class="notice bad">
        <p>
          <strong>That did not work.</strong> {problem.detail}
        </p>
        <p class="notice-links">
          <button type="button" class="quiet" onClick={() => session.run.dismiss()}>
            Dismiss
          </button>
        </p>
      </div>
    );
  }
  return (
    <div class="notice warn">
      <p>
        <strong>Not started: another benchmark is under way.</strong> One runs at a time, so that the figures are true.{' '}
        <a href={hrefOf({ view: 'job', jobId: problem.jobId })}>Job {problem.jobId}</a> is in the way.
      </p>
      <p class="notice-links">
        <AgentButton session={session} onPress={() => void session.run.runAfterwards()}>
          Run it afterwards
        </AgentButton>
        <button type="button" class="quiet" onClick={() => session.run.dismiss()}>
          Dismiss
        </button>
      </p>
    </div>
  );
}
