/** Starts a benchmark, shows the one that runs, stops it, and says how it ended. */

import { useRef } from 'preact/hooks';
import type { Job } from '../../jobs/job.js';
import type { PageSession } from '../agent/page-session.js';
import { useCellPart } from '../ui/use-cell.js';
import { useKeptFocus } from '../ui/use-kept-focus.js';
import { RunForm } from './run-form.js';
import { EndedMessage, ProblemMessage } from './run-message.js';
import { RunProgress } from './run-progress.js';
import { activeJob, endedJob } from './run-state.js';

/** `done`: the last jobs that were done, newest first, which estimates come from. */
export function RunPanel({ session, done }: { readonly session: PageSession; readonly done: readonly Job[] }) {
  const { state } = session.run;
  const kind = useCellPart(state, (run) => run.kind);
  const problem = useCellPart(state, (run) => run.problem);
  const active = useCellPart(state, activeJob);
  const ended = useCellPart(state, endedJob);
  const panel = useRef<HTMLElement>(null);
  useKeptFocus(panel);
  return (
    <section class="card run" ref={panel} aria-labelledby="run-title" data-state={kind}>
      <h2 id="run-title" tabIndex={-1} data-rest>
        {active !== undefined ? 'Running' : 'Run a benchmark'}
      </h2>
      {problem !== undefined && <ProblemMessage problem={problem} session={session} />}
      {ended !== undefined && <EndedMessage job={ended} session={session} />}
      {active !== undefined ? (
        <RunProgress job={active} session={session} done={done} />
      ) : (
        <RunForm session={session} done={done} isStarting={kind === 'starting'} />
      )}
    </section>
  );
}
