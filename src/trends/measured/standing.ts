/** What keeps a figure from being held against those of today. */
import { DAY_MS } from '../../shared/units.js';

/** Figures are told as old from then on. */
const OLD_DAYS = 30;

export const OLD_MARK = '†';
const WORKLOAD_MARK = '*';

export interface Present {
  readonly now: Date;
  /** What is measured now. */
  readonly workloadVersion: number | string;
}

export interface Standing {
  /** Measured more than 30 days ago. */
  readonly is_old: boolean;
  /** Of another workload version than what is measured now: no figure to compare with the others. */
  readonly is_other_workload: boolean;
}

export function isOld(runAt: string, now: Date): boolean {
  return now.getTime() - Date.parse(runAt) > OLD_DAYS * DAY_MS;
}

export function standingOf(
  run: { readonly run_at: string; readonly workload_version: number | string },
  { now, workloadVersion }: Present,
): Standing {
  return { is_old: isOld(run.run_at, now), is_other_workload: run.workload_version !== workloadVersion };
}

export function marked(text: string, { is_old, is_other_workload }: Standing): string {
  return `${text}${is_other_workload ? WORKLOAD_MARK : ''}${is_old ? OLD_MARK : ''}`;
}

export const OLD_NOTE = `${OLD_MARK} measured more than ${OLD_DAYS} days ago`;

/** `others`: the versions that are marked. */
export function workloadNote(others: readonly (number | string)[], present: number | string): string {
  const versions = [...new Set(others)].join(', ');
  return `${WORKLOAD_MARK} of another workload version (${versions}; now ${present}): not to be compared with the others`;
}

/** In words, for two runs side by side. */
export function standingRemarks(
  runs: readonly { readonly run_id: string; readonly run_at: string; readonly workload_version: number | string }[],
  present: Present,
): string[] {
  return runs.flatMap((run) => {
    const { is_old, is_other_workload } = standingOf(run, present);
    const { run_id: id, workload_version: version } = run;
    return [
      ...(is_old ? [`${id} was measured more than ${OLD_DAYS} days ago.`] : []),
      ...(is_other_workload ? [`${id} is of workload version ${version}; now it is ${present.workloadVersion}.`] : []),
    ];
  });
}
