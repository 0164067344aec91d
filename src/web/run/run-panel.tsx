/** Starts a benchmark, shows the one that runs, stops it, and says how it ended. */

import { useRef } from 'preact/hooks';
import type { Job } from '../../jobs/job.js';
import type { PageSession } from '../agent/page-session.js';
import { useCell } from '../ui/use-cell.js';
import { useKeptFocus } from '../ui/use-kept-focus.js';
import { RunForm } from './run-form.js';
import { EndedMessage, ProblemMessage } from './run-message.js';
import { RunProgress } from './run-progress.js';

/** `done`: the last jobs that were done, newest first, which estimates come from. */
export function RunPanel({ session, done }: { readonly session: PageSession; readonly done: readonly Job[] }) {
  const state = useCell(session.run.state);
  const panel = useRef<HTMLElement>(null);
  useKeptFocus(panel);
  return (
    <section class="card run" ref={panel} aria-labelledby="run-title" data-state={state.kind}>
      <h2 id="run-title" tabIndex={-1} data-rest>
        {state.kind === 'active' ? 'Running' : 'Run a benchmark'}
      </h2>
      {state.problem !== undefined && <ProblemMessage problem={state.problem} session={session} />}
      {state.kind === 'ended' && <EndedMessage job={state.job} session={session} />}
      {state.kind === 'active' ? (
        <RunProgress run={state} session={session} done={done} />
      ) : (
        <RunForm session={session} done={done} isStarting={state.kind === 'starting'} />
      )}
    </section>
  );
}
