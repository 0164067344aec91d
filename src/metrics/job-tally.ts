/** Counts jobs as they end. */
import { type BenchmarkMode, benchmarkModes } from '../benchmark/plan.js';
import type { EndedJob, Job } from '../jobs/job.js';
import type { JobStore } from '../jobs/job-store.js';

export interface JobCounts {
  readonly mode: BenchmarkMode;
  readonly trigger: string;
  ended: number;
  failed: number;
  cancelled: number;
}

interface TallySchedule {
  readonly name: string;
  readonly mode: BenchmarkMode;
}

type DurationListener = (mode: BenchmarkMode, seconds: number) => void;
type EndListener = (job: EndedJob) => void;

const ownTriggers = ['api', 'cli'];
/** Of jobs whose schedule is not configured any more, so that no reload adds a label value for good. */
const OTHER_TRIGGER = 'other';
const MS_PER_SECOND = 1000;

export class JobTally {
  readonly #schedules: () => readonly TallySchedule[];
  readonly #active: Set<string>;
  readonly #counts = new Map<string, JobCounts>();
  readonly #durationListeners = new Set<DurationListener>();
  readonly #endListeners = new Set<EndListener>();
  readonly #unsubscribe: () => void;

  /** To be made once the store is restored and before anything runs: what has ended by then is not counted. */
  constructor(store: Pick<JobStore, 'active' | 'paused' | 'subscribe'>, schedules: () => readonly TallySchedule[]) {
    this.#schedules = schedules;
    this.#active = new Set([...store.active(), ...store.paused()].map(({ job_id }) => job_id));
    this.#unsubscribe = store.subscribe((job) => this.#follow(job));
  }

  /** Those of every known mode and trigger, from 0. */
  counts(): readonly JobCounts[] {
    const schedules = this.#schedules();
    for (const mode of benchmarkModes) for (const trigger of ownTriggers) this.#countsOf(mode, trigger);
    for (const { name, mode } of schedules) this.#countsOf(mode, triggerOf(name));
    const known = new Set([...ownTriggers, OTHER_TRIGGER, ...schedules.map(({ name }) => triggerOf(name))]);
    return [...this.#counts.values()].filter(({ trigger }) => known.has(trigger));
  }

  /** Calls `listener` with how long each job took that ran to its end, well or with an error. */
  onDuration(listener: DurationListener): void {
    this.#durationListeners.add(listener);
  }

  /** Calls `listener` with every job that ends from now on. */
  onEnd(listener: EndListener): void {
    this.#endListeners.add(listener);
  }

  close(): void {
    this.#unsubscribe();
  }

  #follow(job: Job): void {
    if (job.status === 'pending' || job.status === 'running' || job.status === 'paused') {
      this.#active.add(job.job_id);
      return;
    }
    // One that had ended already is told of again when somebody preserves it.
    if (!this.#active.delete(job.job_id)) return;
    const schedules = this.#schedules().map(({ name }) => triggerOf(name));
    const isKnown = ownTriggers.includes(job.trigger) || schedules.includes(job.trigger);
    const counts = this.#countsOf(job.mode, isKnown ? job.trigger : OTHER_TRIGGER);
    counts.ended += 1;
    if (job.status === 'error' || job.status === 'interrupted') counts.failed += 1;
    if (job.status === 'cancelled') counts.cancelled += 1;
    this.#tellDuration(job);
    for (const listener of this.#endListeners) listener(job);
  }

  #tellDuration({ status, mode, started_at, finished_at, resumed_at }: EndedJob): void {
    // Of one that was paused the time between says nothing of how long such a job takes.
    if ((status !== 'done' && status !== 'error') || started_at === null || resumed_at !== undefined) return;
    const seconds = (Date.parse(finished_at) - Date.parse(started_at)) / MS_PER_SECOND;
    // Less than nothing where the clock was set back meanwhile.
    if (seconds >= 0) for (const listener of this.#durationListeners) listener(mode, seconds);
  }

  #countsOf(mode: BenchmarkMode, trigger: string): JobCounts {
    const key = `${mode} ${trigger}`;
    const counts = this.#counts.get(key) ?? { mode, trigger, ended: 0, failed: 0, cancelled: 0 };
    this.#counts.set(key, counts);
    return counts;
  }
}

function triggerOf(schedule: string): string {
  return `schedule:${schedule}`;
}
