import type { HistoryEntry } from '../../api/history-entry.js';
import * as figures from '../../shared/figure-text.js';
import { errorWords } from '../../shared/text/error-words.js';
import { MINUTE_MS } from '../../shared/units.js';
import { hrefOf } from '../ui/route.js';
import { localTime, relative, span } from '../ui/times.js';
import { useNow } from '../ui/use-now.js';
import { StatusBadge } from './badge.js';
import { findingWords } from './finding-words.js';
import { triggerWords } from './trigger.js';

type Headline = NonNullable<HistoryEntry['figures']>;

const columns: readonly { readonly title: string; readonly cell: (run: Headline) => string }[] = [
  { title: 'Decode', cell: ({ decode_tps: value }) => withUnit(figures.speed(value)) },
  { title: 'First token', cell: ({ ttft_s: value }) => figures.latency(value) },
  { title: 'Prefill', cell: ({ prefill_tps: value }) => withUnit(figures.speed(value)) },
];

function withUnit(speed: string): string {
  return speed === figures.UNKNOWN ? speed : `${speed} tok/s`;
}

export function HistoryTable({ entries, isLoading }: { entries: readonly HistoryEntry[]; isLoading: boolean }) {
  const nowMs = useNow(MINUTE_MS);
  return (
    <table class="history" aria-busy={isLoading}>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">When</th>
          <th scope="col">Model</th>
          {columns.map(({ title }) => (
            <th key={title} scope="col" class="number">
              {title}
            </th>
          ))}
          <th scope="col">Found</th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col">Mode</th>
          <th scope="col">Started by</th>
          <th scope="col">Job</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <HistoryRow key={entry.job.job_id} entry={entry} nowMs={nowMs} />
        ))}
      </tbody>
    </table>
  );
}

function HistoryRow({ entry: { job, figures: run }, nowMs }: { readonly entry: HistoryEntry; readonly nowMs: number }) {
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
      <td class="what">
        {job.model ?? ''}
        {job.target !== null && <span class="hint">{job.target}</span>}
        {job.error !== null && <span class="hint">{errorWords(job.error)}</span>}
      </td>
      {columns.map(({ title, cell }) => (
        <td key={title} class="number" data-label={title}>
          {run === null ? '' : cell(run)}
        </td>
      ))}
      <td class="found">
        {run?.findings.map((code) => (
          <span key={code}>{findingWords[code]}</span>
        ))}
        {run !== null && run.failed_tests > 0 && (
          <span>
            {run.failed_tests} of {run.tests} tests failed
          </span>
        )}
      </td>
      <td class="number">{started === null ? '' : span(endMs - Date.parse(started))}</td>
      <td>{job.mode}</td>
      <td>{triggerWords(job.trigger)}</td>
      <td>
        <a href={hrefOf({ view: 'job', jobId: id })}>{id}</a>
        {job.preserved && <span class="badge pinned">preserved</span>}
      </td>
    </tr>
  );
}
