import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Job } from '../../jobs/job.js';
import { speed } from '../../shared/figure-text.js';
import { estimatedBatch, estimatedMs } from '../../shared/run-estimate.js';
import { roughSpan } from '../../shared/text/rough-span.js';
import { AgentButton } from '../agent/agent-button.js';
import type { PageSession } from '../agent/page-session.js';
import { LogView } from '../history/log-view.js';
import { triggerWords } from '../history/trigger.js';
import { hrefOf } from '../ui/route.js';
import { span } from '../ui/times.js';
import { useCell } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';
import { restWords } from './estimate.js';
import { progressWords } from './progress-words.js';
import type { RunState } from './run-state.js';

type ActiveRun = Extract<RunState, { kind: 'active' }>;

interface RunProgressProps {
  readonly run: ActiveRun;
  readonly session: PageSession;
  readonly done: readonly Job[];
}

export function RunProgress({ run, session, done }: RunProgressProps) {
  const { job, speed: live, feed, isCancelling } = run;
  const { progress } = job;
  const words = progressWords(job);
  const waiting = useCell(session.status)?.waiting ?? [];
  // It is long, and what else is told here changes twice a second.
  const log = useMemo(() => <LogView lines={run.lines} label="Live log" />, [run.lines]);
  return (
    <>
      <p class="run-head">
        <span class="spinner" aria-hidden="true" />
        <strong class="run-words">{isCancelling ? 'Cancelling…' : words}</strong>
        {job.status === 'running' && !isCancelling && (
          <AgentButton
            session={session}
            isBusy={job.pausing === true}
            title="It goes on from there whenever you like; what is finished is kept"
            onPress={() => void session.run.pause()}
          >
            {job.pausing === true ? 'Pausing after this test…' : 'Pause'}
          </AgentButton>
        )}
        <AgentButton
          session={session}
          class="danger"
          data-main
          isBusy={isCancelling}
          onPress={() => void session.run.cancel()}
        >
          <Cross />
          {isCancelling ? 'Cancelling…' : 'Cancel'}
        </AgentButton>
      </p>
      <progress
        aria-label="Finished tests"
        aria-valuetext={isCancelling ? 'Cancelling' : words}
        max={progress.total ?? 1}
        value={progress.total === null ? undefined : progress.done}
      />
      <dl class="facts">
        <Fact name="Tokens/s, live">
          <span class="live">{live === undefined ? '…' : `≈ ${speed(live.chunks_per_second)}`}</span>
        </Fact>
        <Elapsed job={job} done={done} waiting={waiting} />
        <Fact name="Mode">{job.mode}</Fact>
        <Fact name="Target">{job.target ?? 'being found'}</Fact>
        <Fact name="Model">{job.model ?? '…'}</Fact>
        <Fact name="Started by">{triggerWords(job.trigger)}</Fact>
        <Fact name="Job">
          <a href={hrefOf({ view: 'job', jobId: job.job_id })}>{job.job_id}</a>
        </Fact>
      </dl>
      {feed === 'lost' && <p class="hint">The live log is interrupted; it comes back by itself.</p>}
      {log}
    </>
  );
}

interface ElapsedProps {
  readonly job: Job;
  readonly done: readonly Job[];
  readonly waiting: readonly Job[];
}

function Elapsed({ job, done, waiting }: ElapsedProps) {
  const nowMs = useNow();
  if (job.started_at === null) return null;
  const { mode, trigger } = job;
  const target = job.target ?? undefined;
  const elapsedMs = nowMs - Date.parse(job.started_at);
  const model = job.model ?? undefined;
  const wholeMs = estimatedMs(done, { mode, target, model }) ?? estimatedMs(done, { mode, target });
  const leftMs = wholeMs === undefined ? 0 : wholeMs - elapsedMs;
  const next = waiting.filter(
    (other) => other.trigger === trigger && other.mode === mode && (other.target ?? job.target) === job.target,
  );
  const models = next.flatMap((other) => other.model ?? []);
  const rest = restWords(estimatedBatch(done, { mode, target }, models).wholeMs, models);
  return (
    <Fact name="Running for">
      {span(elapsedMs)}
      {leftMs > 0 && <span class="hint"> · {roughSpan(leftMs)} left</span>}
      {rest !== undefined && <span class="hint"> · {rest}</span>}
    </Fact>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Cross() {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d="M3 3l10 10M13 3L3 13" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" />
    </svg>
  );
}
