import type { Job } from '../../jobs/job.js';
import { change, count } from '../../shared/figure-text.js';
import { testName } from '../../shared/test-name.js';
import { MINUTE_MS } from '../../shared/units.js';
import type { FullReport } from '../../trends/report/machine-report.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import type { JobWithResult } from '../history/job-view.js';
import { ResultView } from '../results/result-view.js';
import { RunPanel } from '../run/run-panel.js';
import { hrefOf } from '../ui/route.js';
import { steady } from '../ui/steady.js';
import { localTime, relative } from '../ui/times.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';
import { useSame } from '../ui/use-same.js';
import { firstRunOf } from './first-run.js';
import { NowCard } from './now-card.js';
import { SchedulesCard } from './schedules-card.js';
import { TargetCards } from './target-cards.js';
import { VerdictCard } from './verdict-card.js';

const ESTIMATED_FROM = 30;
const none: readonly Job[] = [];

// Most of what is asked for in the course of a run is as it was.
const SteadyVerdict = steady(VerdictCard);
const SteadyTargets = steady(TargetCards);
const SteadyRun = steady(RunPanel);
const SteadyNow = steady(NowCard);
const SteadySchedules = steady(SchedulesCard);
const SteadyResult = steady(ResultView);

/** Is it well, what did the last run say, start one, stop one. */
export function OverviewView({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const { client } = session;
  const done = useAnswer(() => client.get<Job[]>(`jobs?status=done&limit=${ESTIMATED_FROM}`), [changes]);
  const past = useSame(done.value ?? none);
  return (
    <>
      <SteadyVerdict session={session} />
      <SteadyTargets session={session} />
      <div class="columns">
        <div class="column">
          <SteadyRun session={session} done={past} />
          <LastResultCard
            session={session}
            newest={past[0]?.job_id}
            isLoading={done.isLoading}
            problem={done.problem}
          />
        </div>
        <aside class="column side" aria-label="Now">
          <SteadyNow session={session} />
          <SteadySchedules session={session} />
        </aside>
      </div>
    </>
  );
}

interface LastResultCardProps {
  readonly session: PageSession;
  /** The last job that was done. */
  readonly newest: string | undefined;
  /** Which one that is has been asked. */
  readonly isLoading: boolean;
  readonly problem: string | undefined;
}

function LastResultCard({ session, newest, isLoading, problem }: LastResultCardProps) {
  const renewals = useCell(session.renewals);
  const isFirst = useCellPart(session.status, (status) => status !== undefined && firstRunOf(status) !== undefined);
  const { client } = session;
  // Before the first run there is none.
  const report = useAnswer(
    async () => (newest === undefined ? undefined : client.get<FullReport>('report')),
    [newest, renewals],
  );
  const last = useAnswer(
    async () => (newest === undefined ? undefined : client.get<JobWithResult>(`jobs/${newest}`)),
    [newest, renewals],
  );
  const result = last.value?.result ?? undefined;
  return (
    <section class="card" aria-labelledby="last-title">
      <div class="card-head">
        <h2 id="last-title">Last result</h2>
        {last.value !== undefined && <LastRunLink job={last.value} />}
      </div>
      {result === undefined ? (
        <NoResult
          job={last.value}
          isLoading={isLoading || last.isLoading}
          isFirst={isFirst}
          problem={problem ?? last.problem}
        />
      ) : (
        <SteadyResult result={result} />
      )}
      {report.value !== undefined && <Advice report={report.value} />}
    </section>
  );
}

/** The context that the last run suggests, and what drifts too slowly to have made anything slower yet. */
function Advice({ report: { drifts, suggested_ctx_size: context, suggested_ctx_reason: reason } }: AdviceProps) {
  return (
    <>
      {context !== null && (
        <p class="hint">
          Suggested context: {count(context)} tokens. {reason}
        </p>
      )}
      {drifts.length > 0 && (
        <p class="hint">
          Drifts in 30 days:{' '}
          {drifts
            .map(({ test_id: test, label, ratio_per_30d: ratio }) => `${testName(test)}: ${label} ${change(ratio)}`)
            .join(', ')}
        </p>
      )}
    </>
  );
}

interface AdviceProps {
  readonly report: FullReport;
}

function LastRunLink({ job }: { readonly job: JobWithResult }) {
  const nowMs = useNow(MINUTE_MS);
  if (job.finished_at === null) return null;
  return (
    <a href={hrefOf({ view: 'job', jobId: job.job_id })} title={localTime(job.finished_at)}>
      {job.mode}, {relative(job.finished_at, nowMs)}
    </a>
  );
}

interface NoResultProps {
  readonly job: JobWithResult | undefined;
  readonly isLoading: boolean;
  /** The first run is under way. */
  readonly isFirst: boolean;
  readonly problem: string | undefined;
}

function NoResult({ job, isLoading, isFirst, problem }: NoResultProps) {
  if (problem !== undefined) return <p class="empty">{problem}</p>;
  if (isLoading) return <p class="empty">Loading…</p>;
  if (job !== undefined) return <p class="empty">The details of the last run were removed by retention.</p>;
  if (isFirst) return <p class="empty">None yet: the first run is under way, and its result will stand here.</p>;
  return (
    <p class="empty">
      No run yet: press <strong>Run</strong>. A quick one measures how fast the model answers and how that changes with
      the length of the prompt.
    </p>
  );
}
