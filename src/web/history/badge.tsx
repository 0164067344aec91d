import type { JobStatus } from '../../jobs/job.js';

const words: Readonly<Record<JobStatus, string>> = {
  pending: 'waiting',
  running: 'running',
  paused: 'paused',
  done: 'done',
  error: 'error',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
};

export function StatusBadge({ status }: { readonly status: JobStatus }) {
  return <span class={`badge ${status}`}>{words[status]}</span>;
}
