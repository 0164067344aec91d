import { useRef, useState } from 'preact/hooks';
import type { BenchmarkResult } from '../../benchmark/result.js';
import type { GivesWay, Job } from '../../jobs/job.js';
import { AgentButton } from '../agent/agent-button.js';
import { wordsOf } from '../agent/agent-client.js';
import type { LastingStatus } from '../agent/lasting-status.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { ResultView } from '../results/result-view.js';
import { EndedMessage } from '../run/run-message.js';
import { RunProgress } from '../run/run-progress.js';
import { activeJob } from '../run/run-state.js';
import { Facts } from '../ui/facts.js';
import { localTime, span } from '../ui/times.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { useKeptFocus } from '../ui/use-kept-focus.js';
import { StatusBadge } from './badge.js';
import { LogView } from './log-view.js';
import { triggerWords } from './trigger.js';

export type JobWithResult = Job & { readonly result: BenchmarkResult | null };

interface JobViewProps {
  readonly jobId: string;
  readonly session: PageSession;
}

/** One job with its log and its result. */
export function JobView({ jobId, session }: JobViewProps) {
  const changes = useCell(session.changes);
  // A job that waits begins and ends without this page's doing.
  const place = useCellPart(session.status, (status) => (status === undefined ? '' : placeOf(status)));
  const active = useCellPart(session.run.state, activeJob);
  const { client } = session;
  const head = useRef<HTMLElement>(null);
  useKeptFocus(head);
  const [edits, setEdits] = useState(0);
  const job = useAnswer(() => client.get<JobWithResult>(`jobs/${jobId}`), [jobId, changes, edits, place]);
  const log = useAnswer(
    async () => (await client.text(`jobs/${jobId}/logs`)).split('\n').slice(0, -1),
    [jobId, changes, place],
  );
  const { value } = job;
  if (value === undefined) {
    return <p class="card empty">{job.problem ?? 'Loading…'}</p>;
  }
  const live = active?.job_id === jobId ? active : undefined;
  const isLive = live !== undefined;
  return (
    <>
      <section class="card" ref={head} aria-labelledby="job-title">
        <div class="card-head">
          <h2 id="job-title" tabIndex={-1} data-rest>
            Job <code>{jobId}</code>
          </h2>
          <StatusBadge status={live?.status ?? value.status} />
          <JobActions job={value} session={session} onEdit={() => setEdits(edits + 1)} />
        </div>
        {isLive ? <RunProgress job={live} session={session} done={[]} /> : <JobFacts job={value} />}
      </section>
      {!isLive && value.result !== null && (
        <section class="card" aria-labelledby="result-title">
          <h2 id="result-title">Result</h2>
          <ResultView result={value.result} />
        </section>
      )}
      {!isLive && value.status === 'done' && value.result === null && (
        <p class="card empty">Retention has removed the details of this run; the chronicle still holds its figures.</p>
      )}
      {!isLive && (
        <section class="card" aria-labelledby="log-title">
          <h2 id="log-title">Log</h2>
          <LogView lines={log.value ?? []} label="Log of the job" />
        </section>
      )}
    </>
  );
}

function placeOf({ running, waiting }: LastingStatus): string {
  const places = waiting.map((job) => `${job.job_id} ${job.status === 'pending' ? job.gives_way?.due_at : ''}`);
  return `${running?.job_id} ${places}`;
}

/** It can go on, for a day; whoever tries later is told so. */
function isBrokenOff(job: Job): boolean {
  return (job.status === 'interrupted' && job.expired !== true) || (job.status === 'error' && job.crashed === true);
}

function JobFacts({ job }: { readonly job: Job }) {
  const { status, mode, trigger, target, model, created_at: created, started_at: started, finished_at: finished } = job;
  const facts: readonly (readonly [string, string])[] = [
    ['Mode', mode],
    ['Started by', triggerWords(trigger)],
    ['Target', target ?? 'none was found'],
    ...(model === null ? [] : [['Model', model] as const]),
    ...(status === 'paused' && job.reason !== undefined ? [['Could not go on', job.reason] as const] : []),
    ...(status === 'paused' ? [['Paused', localTime(job.paused_at)] as const] : []),
    ...(status === 'pending' && job.gives_way !== undefined ? [['Waits for', waitWords(job.gives_way)] as const] : []),
    [started === null ? 'Asked for' : 'Began', localTime(started ?? created)],
    ...(started === null || finished === null
      ? []
      : [['Took', span(Date.parse(finished) - Date.parse(started))] as const]),
  ];
  return (
    <>
      {(status === 'error' || status === 'interrupted' || status === 'cancelled') && <EndedMessage job={job} />}
      <Facts facts={facts} />
    </>
  );
}

function waitWords({ schedule, due_at: due, until }: GivesWay): string {
  const latest = `without one it starts ${localTime(until)}`;
  return `the run of schedule ${schedule}, due ${localTime(due)}, which it would reach into; ${latest}`;
}

interface JobActionsProps {
  readonly job: Job;
  readonly session: PageSession;
  readonly onEdit: () => void;
}

function JobActions({ job, session, onEdit }: JobActionsProps) {
  const [problem, setProblem] = useState<string>();
  const send = async (method: 'POST' | 'PUT' | 'DELETE', path: string) => {
    try {
      await session.client.send(method, `jobs/${job.job_id}/${path}`);
      setProblem(undefined);
    } catch (error) {
      setProblem(wordsOf(error));
    }
    onEdit();
  };
  return (
    <div class="actions end">
      {problem !== undefined && (
        <span class="worse" role="alert">
          {problem}
        </span>
      )}
      {(job.status === 'paused' || isBrokenOff(job)) && (
        <AgentButton session={session} onPress={() => void send('POST', 'resume')}>
          Resume
        </AgentButton>
      )}
      {job.status === 'pending' && (
        <AgentButton session={session} onPress={() => void send('POST', 'pause')}>
          Pause
        </AgentButton>
      )}
      {(job.status === 'pending' || job.status === 'paused') && (
        <AgentButton session={session} class="danger" onPress={() => void send('POST', 'cancel')}>
          Cancel
        </AgentButton>
      )}
      <AgentButton
        session={session}
        aria-pressed={job.preserved}
        title="A preserved run is never removed by retention"
        onPress={() => void send(job.preserved ? 'DELETE' : 'PUT', 'preserve')}
      >
        {job.preserved ? 'Preserved' : 'Preserve'}
      </AgentButton>
      <a class="button" href={`jobs/${job.job_id}`}>
        JSON
      </a>
      <a class="button" href={`jobs/${job.job_id}/logs`}>
        Log as text
      </a>
    </div>
  );
}
