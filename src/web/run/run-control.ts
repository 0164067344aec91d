/** Starts and cancels benchmarks and follows whichever runs. */

import type { LiveSpeed } from '../../api/live-speeds.js';
import type { AgentStatus } from '../../api/routes/status.js';
import type { ActiveJob, EndedJob, Job, PausedJob } from '../../jobs/job.js';
import { type AgentClient, AgentRefusal, wordsOf } from '../agent/agent-client.js';
import { Cell } from '../ui/cell.js';
import type { Timer } from '../ui/timer.js';
import { type FeedSocket, followJob } from './job-feed.js';
import { nextSpeed } from './run-speed.js';
import { initialRun, nextRun, type RunHappening, type RunState, visibleJob } from './run-state.js';

export interface RunRequest {
  readonly mode: Job['mode'];
  readonly target: string | undefined;
  readonly model: string | undefined;
  /** Waits for its turn where another job is active. */
  readonly isPatient: boolean;
}

export interface RunControlOptions {
  readonly client: Pick<AgentClient, 'get' | 'send'>;
  readonly openSocket: (jobId: string) => FeedSocket;
  readonly timer: Timer;
  /** A job has ended, or one has begun: what is listed elsewhere is out of date. */
  readonly onChange: () => void;
}

type JobId = Pick<Job, 'job_id'>;

export class RunControl {
  readonly state = new Cell<RunState>(initialRun);
  /** Of the job that is shown, as long as it is known. */
  readonly speed = new Cell<LiveSpeed | undefined>(undefined);
  readonly #options: RunControlOptions;
  #unfollow: () => void = () => undefined;
  readonly #asked = new Set<string>();
  #refused: RunRequest | undefined;
  /** The newest ended job that is no news here; `undefined` before the first look. */
  #knownEnd: string | null | undefined;

  constructor(options: RunControlOptions) {
    this.#options = options;
  }

  /** Asks for a benchmark; what comes of it is in `state`. */
  async start(request: RunRequest): Promise<void> {
    const { mode, target, model, isPatient } = request;
    this.#refused = undefined;
    this.#take({ type: 'asked' });
    const query = new URLSearchParams({ mode, ...(isPatient ? { on_busy: 'queue' } : {}) });
    if (target !== undefined) query.set('target', target);
    if (model !== undefined) query.set('model', model);
    try {
      const { job_id: jobId } = await this.#options.client.send<JobId>('POST', `jobs/run?${query}`);
      await this.#look(jobId);
    } catch (error) {
      this.#refused = request;
      this.#take({ type: 'refused', problem: problemOf(error) });
    }
    this.#options.onChange();
  }

  /** Asks once more for what was refused last, and has it wait for its turn. */
  async runAfterwards(): Promise<void> {
    const request = this.#refused;
    this.dismiss();
    if (request !== undefined) await this.start({ ...request, isPatient: true });
  }

  async cancel(): Promise<void> {
    const { value } = this.state;
    if (value.kind !== 'active' || value.isCancelling) return;
    const { job_id: jobId } = value.job;
    this.#take({ type: 'cancel_asked' });
    try {
      const job = await this.#options.client.send<EndedJob>('POST', `jobs/${jobId}/cancel`);
      this.#end(job);
    } catch (error) {
      // It ended by itself while it was asked to.
      if (error instanceof AgentRefusal && error.status === 409) await this.#lookQuietly(jobId);
      else this.#take({ type: 'cancel_failed', detail: wordsOf(error) });
    }
  }

  /** Asks for the job that is shown to be set aside once its test has ended. */
  async pause(): Promise<void> {
    const { value } = this.state;
    if (value.kind !== 'active') return;
    await this.#steer(value.job.job_id, 'pause');
  }

  /** Has a job that was paused or interrupted go on. */
  async resume(jobId: string): Promise<void> {
    await this.#steer(jobId, 'resume');
  }

  async #steer(jobId: string, what: 'pause' | 'resume'): Promise<void> {
    try {
      await this.#options.client.send<Job>('POST', `jobs/${jobId}/${what}`);
      await this.#look(jobId);
    } catch (error) {
      this.#take({ type: 'refused', problem: { kind: 'failed', detail: wordsOf(error) } });
    }
    this.#options.onChange();
  }

  /** The message of a job that has ended, or of a wish that was refused, has been read. */
  dismiss(): void {
    this.#take({ type: 'dismissed' });
  }

  /** Another agent answers, which knows nothing of what is shown. */
  forget(): void {
    this.#unfollow();
    this.#refused = undefined;
    this.#knownEnd = undefined;
    this.state.value = initialRun;
    this.speed.value = undefined;
  }

  /** The agent told its state: the page follows what runs, whoever started it. */
  seen({ running, waiting, last_ended: lastEnded }: Pick<AgentStatus, 'running' | 'waiting' | 'last_ended'>): void {
    const { value } = this.state;
    const shown = value.kind === 'active' ? value.job : undefined;
    const active = [...(running === null ? [] : [running]), ...waiting] as ActiveJob[];
    const own = active.find(({ job_id: id }) => id === shown?.job_id);
    // It has ended, or this page followed one that waits while another runs.
    if (own !== undefined && (own.status === 'running' || running === null)) this.#follow(own);
    else if (shown !== undefined && own === undefined) void this.#lookQuietly(shown.job_id);
    else if (running !== null) this.#follow(running as ActiveJob);
    this.#learnEnd(lastEnded as EndedJob | null);
  }

  #learnEnd(last: EndedJob | null): void {
    const isNews = this.#knownEnd !== undefined && last !== null && last.job_id !== this.#knownEnd;
    this.#knownEnd = last?.job_id ?? null;
    if (!isNews || visibleJob(this.state.value)?.job_id === last.job_id) return;
    this.#take({ type: 'ended_unseen', job: last });
    this.#options.onChange();
  }

  #take(happening: RunHappening): void {
    const { value } = this.state;
    this.speed.value = nextSpeed(this.speed.value, value, happening);
    this.state.value = nextRun(value, happening);
  }

  #follow(job: ActiveJob): void {
    const { value } = this.state;
    const isNew = value.kind !== 'active' || value.job.job_id !== job.job_id;
    this.#take({ type: 'seen', job });
    if (!isNew) return;
    this.#unfollow();
    const { openSocket, timer, onChange } = this.#options;
    this.#unfollow = followJob({
      jobId: job.job_id,
      open: openSocket,
      timer,
      onOpen: () => this.#take({ type: 'feed_open' }),
      onLost: () => this.#take({ type: 'feed_lost' }),
      onMessage: (message) => {
        this.#take({ type: 'message', message });
        if (message.type === 'done') void this.#lookQuietly(job.job_id);
      },
    });
    onChange();
  }

  /** Where the job stands now. Rejects as the client does. */
  async #look(jobId: string): Promise<void> {
    const job = await this.#options.client.get<Job>(`jobs/${jobId}`);
    const { value } = this.state;
    const isOther = value.kind === 'active' && value.job.job_id !== jobId;
    // One that waits does not take the place of the one that runs.
    if (job.status === 'pending' && isOther) return;
    if (job.status === 'pending' || job.status === 'running') this.#follow(job);
    else if (job.status === 'paused') this.#setAside(job);
    else this.#end(job);
  }

  /** An agent that does not answer now is asked again with its next status. */
  async #lookQuietly(jobId: string): Promise<void> {
    if (this.#asked.has(jobId)) return;
    this.#asked.add(jobId);
    try {
      await this.#look(jobId);
    } catch (error) {
      const isGone = error instanceof AgentRefusal && error.status === 404;
      if (isGone && visibleJob(this.state.value)?.job_id === jobId) this.state.value = initialRun;
    } finally {
      this.#asked.delete(jobId);
    }
  }

  #setAside(job: PausedJob): void {
    this.#take({ type: 'paused', job });
    this.#unfollow();
    this.#options.onChange();
  }

  #end(job: EndedJob): void {
    const wasShown = this.state.value.kind === 'active' || this.state.value.kind === 'starting';
    this.#knownEnd = job.job_id;
    this.#take({ type: 'ended', job });
    this.#unfollow();
    if (wasShown) this.#options.onChange();
  }
}

function problemOf(error: unknown) {
  const detail = wordsOf(error);
  if (error instanceof AgentRefusal && error.status === 409 && error.jobId !== undefined) {
    return { kind: 'busy', detail, jobId: error.jobId } as const;
  }
  return { kind: 'failed', detail } as const;
}
