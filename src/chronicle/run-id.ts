/** Names of runs and jobs. A run's id sorts by time and is the name of its folder. */
import { randomBytes } from 'node:crypto';

/** 8 hex digits. */
export function newJobId(random: (bytes: number) => Buffer = randomBytes): string {
  return random(4).toString('hex');
}

/** UTC time to the millisecond and the job's id: `2026-11-21_14-30-45.123_a3f1c820`. */
export function runIdOf(at: Date, jobId: string): string {
  const time = at.toISOString().replace('T', '_').replaceAll(':', '-').replace('Z', '');
  return `${time}_${jobId}`;
}

const pattern = /^(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2}\.\d{3})_([0-9a-f]{8})$/;

/** Whether `text` is a run's id, and so safe as a part of a path. */
export function isRunId(text: string): boolean {
  return pattern.test(text);
}

/** When the run took place; `undefined` for what is no run's id. */
export function timeOf(runId: string): Date | undefined {
  const [, day, hours, minutes, seconds] = pattern.exec(runId) ?? [];
  const at = new Date(`${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** The job that the run was; `undefined` for what is no run's id. */
export function jobIdOf(runId: string): string | undefined {
  return pattern.exec(runId)?.[5];
}

/** The id one millisecond later of the same job; `undefined` for what is no run's id. */
export function nextRunId(runId: string): string | undefined {
  const [at, jobId] = [timeOf(runId), jobIdOf(runId)];
  return at === undefined || jobId === undefined ? undefined : runIdOf(new Date(at.getTime() + 1), jobId);
}
