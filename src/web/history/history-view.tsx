import { useEffect, useState } from 'preact/hooks';
import type { Job } from '../../jobs/job.js';
import { errorWords } from '../../shared/text/error-words.js';
import { MINUTE_MS } from '../../shared/units.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { hrefOf } from '../ui/route.js';
import { localTime, relative, span } from '../ui/times.js';
import { useCell } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';
import { StatusBadge } from './badge.js';
import { triggerWords } from './trigger.js';

const PAGE = 25;

const filters = [
  { name: 'status', label: 'Status', values: ['done', 'error', 'cancelled', 'interrupted', 'running', 'pending'] },
  { name: 'mode', label: 'Mode', values: ['quick', 'full', 'zeus'] },
  { name: 'trigger', label: 'Started by', values: ['schedule', 'api', 'cli'] },
] as const;

type FilterName = (typeof filters)[number]['name'];
type Wanted = Partial<Record<FilterName, string>>;

const valueWords: Readonly<Record<string, string>> = {
  pending: 'waiting',
  schedule: 'a schedule',
  api: 'the page or the API',
  cli: 'typhon run',
};

/** Every job there was, newest first, a page at a time. */
export function HistoryView({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const [wanted, setWanted] = useState<Wanted>({});
  // The last job of each page before this one.
  const [before, setBefore] = useState<readonly string[]>([]);
  const query = new URLSearchParams({ ...wanted, limit: String(PAGE + 1) });
  const cursor = before.at(-1);
  if (cursor !== undefined) query.set('before', cursor);
  const { value, problem } = useAnswer(() => session.client.get<Job[]>(`jobs?${query}`), [query.toString(), changes]);
  // The job that a page began after may have been removed meanwhile.
  useEffect(() => {
    if (problem !== undefined && cursor !== undefined) setBefore([]);
  }, [problem]);
  const jobs = value?.slice(0, PAGE) ?? [];
  const last = jobs.at(-1)?.job_id;
  const hasOlder = (value?.length ?? 0) > PAGE && last !== undefined;
  const isFiltered = Object.keys(wanted).length > 0;
  return (
    <section class="card" aria-labelledby="history-title">
      <div class="card-head">
        <h2 id="history-title">History</h2>
        <Filters
          wanted={wanted}
          onChange={(next) => {
            setWanted(next);
            setBefore([]);
          }}
        />
      </div>
      {jobs.length > 0 && <JobTable jobs={jobs} />}
      {value?.length === 0 && (
        <p class="empty">{isFiltered ? 'No job is like that.' : 'No run yet: press Run on the overview.'}</p>
      )}
      {value === undefined && <p class="empty">{problem ?? 'Loading…'}</p>}
      {(before.length > 0 || hasOlder) && (
        <nav class="pages" aria-label="Pages">
          <button type="button" aria-disabled={before.length === 0} onClick={() => setBefore(before.slice(0, -1))}>
            ← Newer
          </button>
          <span class="hint">Page {before.length + 1}</span>
          <button type="button" aria-disabled={!hasOlder} onClick={() => hasOlder && setBefore([...before, last])}>
            Older →
          </button>
        </nav>
      )}
    </section>
  );
}

function Filters({ wanted, onChange }: { readonly wanted: Wanted; readonly onChange: (wanted: Wanted) => void }) {
  return (
    <div class="filters">
      {filters.map(({ name, label, values }) => (
        <label key={name} class="filter">
          {label}
          <select
            value={wanted[name] ?? ''}
            onChange={({ currentTarget: { value } }) => {
              const { [name]: _, ...others } = wanted;
              onChange(value === '' ? others : { ...others, [name]: value });
            }}
          >
            <option value="">any</option>
            {values.map((value) => (
              <option key={value} value={value}>
                {valueWords[value] ?? value}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}

function JobTable({ jobs }: { readonly jobs: readonly Job[] }) {
  const nowMs = useNow(MINUTE_MS);
  return (
    <table class="history">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">When</th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col">Mode</th>
          <th scope="col">Model</th>
          <th scope="col">Started by</th>
          <th scope="col">Job</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.job_id} job={job} nowMs={nowMs} />
        ))}
      </tbody>
    </table>
  );
}

function JobRow({ job, nowMs }: { readonly job: Job; readonly nowMs: number }) {
  const { job_id: id, status, created_at: created, started_at: started, finished_at: finished } = job;
  const endMs = finished === null ? nowMs : Date.parse(finished);
  return (
    <tr>
      <td>
        <StatusBadge status={status} />
      </td>
      <td>
        <time dateTime={created} title={relative(created, nowMs)}>
          {localTime(created)}
        </time>
      </td>
      <td class="number">{started === null ? '' : span(endMs - Date.parse(started))}</td>
      <td>{job.mode}</td>
      <td class="what">
        {job.model ?? job.target ?? ''}
        {job.error !== null && <span class="hint">{errorWords(job.error)}</span>}
      </td>
      <td>{triggerWords(job.trigger)}</td>
      <td>
        <a href={hrefOf({ view: 'job', jobId: id })}>{id}</a>
        {job.preserved && <span class="badge pinned">preserved</span>}
      </td>
    </tr>
  );
}
