import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { LiveSpeed } from '../../api/live-speeds.js';
import type { ActiveJob, Job } from '../../jobs/job.js';
import { speed } from '../../shared/figure-text.js';
import { estimatedBatch, estimatedMs } from '../../shared/run-estimate.js';
import { roughSpan } from '../../shared/text/rough-span.js';
import { AgentButton } from '../agent/agent-button.js';
import type { PageSession } from '../agent/page-session.js';
import { LogView } from '../history/log-view.js';
import { triggerWords } from '../history/trigger.js';
import { everySecond, LiveText } from '../ui/live-text.js';
import { hrefOf } from '../ui/route.js';
import { steady } from '../ui/steady.js';
import { span } from '../ui/times.js';
import { useCellPart } from '../ui/use-cell.js';
import { restWords } from './estimate.js';
import { progressWords } from './progress-words.js';
import type { RunState } from './run-state.js';

interface RunProgressProps {
  readonly job: ActiveJob;
  readonly session: PageSession;
  readonly done: readonly Job[];
}

/** What changes often is drawn by itself. */
export function RunProgress({ job, session, done }: RunProgressProps) {
  const { state, speed: live } = session.run;
  const isCancelling = useCellPart(state, isBeingCancelled);
  const isFeedLost = useCellPart(state, hasLostFeed);
  const { progress } = job;
  const words = progressWords(job);
  const { mode, target, model, trigger, job_id: jobId } = job;
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
          <span class="live">
            <LiveText of={live} words={() => speedWords(live.value)} />
          </span>
        </Fact>
        <Elapsed job={job} session={session} done={done} />
        <SteadyFacts mode={mode} target={target} model={model} trigger={trigger} jobId={jobId} />
      </dl>
      {isFeedLost && <p class="hint">The live log is interrupted; it comes back by itself.</p>}
      <LiveLog session={session} />
    </>
  );
}

interface RunFactsProps extends Pick<ActiveJob, 'mode' | 'target' | 'model' | 'trigger'> {
  readonly jobId: string;
}

function RunFacts({ mode, target, model, trigger, jobId }: RunFactsProps) {
  return (
    <>
      <Fact name="Mode">{mode}</Fact>
      <Fact name="Target">{target ?? 'being found'}</Fact>
      <Fact name="Model">{model ?? '…'}</Fact>
      <Fact name="Started by">{triggerWords(trigger)}</Fact>
      <Fact name="Job">
        <a href={hrefOf({ view: 'job', jobId })}>{jobId}</a>
      </Fact>
    </>
  );
}

const SteadyFacts = steady(RunFacts);

function isBeingCancelled(state: RunState): boolean {
  return state.kind === 'active' && state.isCancelling;
}

function hasLostFeed(state: RunState): boolean {
  return state.kind === 'active' && state.feed === 'lost';
}

function speedWords(live: LiveSpeed | undefined): string {
  return live === undefined ? '…' : `≈ ${speed(live.chunks_per_second)}`;
}

const noLines: readonly string[] = [];

function LiveLog({ session }: { readonly session: PageSession }) {
  const lines = useCellPart(session.run.state, (state) => (state.kind === 'active' ? state.lines : noLines));
  return <LogView lines={lines} label="Live log" />;
}

interface ElapsedProps {
  readonly job: ActiveJob;
  readonly session: PageSession;
  readonly done: readonly Job[];
}

function Elapsed({ job, session, done }: ElapsedProps) {
  const waiting = useCellPart(session.status, (status) => status?.waiting);
  const { mode, trigger, started_at: startedAt } = job;
  const [target, model] = [job.target ?? undefined, job.model ?? undefined];
  const wholeMs = useMemo(
    () => estimatedMs(done, { mode, target, model }) ?? estimatedMs(done, { mode, target }),
    [done, mode, target, model],
  );
  const rest = useMemo(() => {
    const next = (waiting ?? []).filter(
      (other) => other.trigger === trigger && other.mode === mode && (other.target ?? target) === target,
    );
    const models = next.flatMap((other) => other.model ?? []);
    return restWords(estimatedBatch(done, { mode, target }, models).wholeMs, models);
  }, [done, waiting, trigger, mode, target]);
  if (startedAt === null) return null;
  const startedMs = Date.parse(startedAt);
  return (
    <Fact name="Running for">
      <LiveText of={everySecond} words={() => span(Date.now() - startedMs)} />
      {wholeMs !== undefined && (
        <span class="hint">
          <LiveText of={everySecond} words={() => leftWords(wholeMs - (Date.now() - startedMs))} />
        </span>
      )}
      {rest !== undefined && <span class="hint"> · {rest}</span>}
    </Fact>
  );
}

function leftWords(leftMs: number): string {
  return leftMs > 0 ? ` · ${roughSpan(leftMs)} left` : '';
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
