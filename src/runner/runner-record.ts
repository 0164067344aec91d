/**
 * What is known of one runner process, kept by its parent: it can be read while the runner is wedged, being killed or
 * long dead. Durations are measured on the monotonic clock, so that setting the machine's clock does not touch them.
 */
import { constants } from 'node:os';
import type { BenchmarkEvent } from '../benchmark/benchmark-event.js';
import type { RunnerPhase } from '../benchmark/phase.js';
import type { BenchmarkPlan } from '../benchmark/plan.js';
import type { Milestone, RunnerDiagnostics, StatusKind, TaskRecord } from './diagnostics/diagnostics-schema.js';
import { type FlightEntry, FlightRecorder } from './diagnostics/flight-recorder.js';
import { attributesOf, detailOf, known, shortened, testIdOf } from './event-words.js';
import { milestones, phaseStatus, phasesOfTheEnd } from './phase-meaning.js';
import { RunnerTasks } from './runner-tasks.js';
import type { RunnerEnd, RunnerExit } from './supervisor.js';

export interface RecordClock {
  readonly now: () => Date;
  /** The machine's monotonic clock: the runner stamps with the same. */
  readonly monotonicMs: () => number;
}

export interface RecordedRunner {
  readonly jobId: string;
  readonly pid: number | undefined;
  readonly nodeId: string;
  readonly modelId: string;
  readonly plan: BenchmarkPlan;
}

// A wall clock tells whole milliseconds: taken anew for each entry, it would put two of the same millisecond out of order.
const CLOCK_STEP_MS = 1000;

interface NewEntry extends Pick<FlightEntry, 'event' | 'attrs'> {
  readonly detail: string | undefined;
  /** Instead of the one that the runner is in. */
  readonly phase?: RunnerPhase | undefined;
  /** Instead of the test in progress. */
  readonly testId?: string | undefined;
}

interface Since<T> {
  readonly value: T;
  readonly at: string;
  readonly sinceMs: number;
}

export class RunnerRecord {
  readonly #runner: RecordedRunner;
  readonly #clock: RecordClock;
  readonly #recorder = new FlightRecorder();
  readonly #tasks: RunnerTasks;
  readonly #milestones: Milestone[] = [];
  readonly #entered = new Set<RunnerPhase>();
  #phase: Since<RunnerPhase>;
  #wallOffsetMs = Number.NEGATIVE_INFINITY;
  #phaseDetail: string | undefined;
  #status: Since<StatusKind>;
  #layers = 0;
  #exit: RunnerExit | undefined;
  #hasEnded = false;
  #isCancelling = false;
  #lastWordMs: number;
  #activeTestId: string | undefined;
  #lastProgressAt: string | undefined;
  #lastTaskSentAt: string | undefined;
  #lastEvent: { readonly at: string; readonly type: string } | undefined;

  constructor(runner: RecordedRunner, clock: RecordClock) {
    this.#runner = runner;
    this.#clock = clock;
    const testIds = runner.plan.tests.map(({ testId }) => testId);
    this.#tasks = new RunnerTasks(runner.jobId, testIds);
    const nowMs = clock.monotonicMs();
    const since = { at: clock.now().toISOString(), sinceMs: nowMs };
    this.#phase = { value: 'created', ...since };
    this.#status = { value: 'RunnerIdle', ...since };
    this.#lastWordMs = nowMs;
    this.#note(nowMs, { event: 'spawned', detail: undefined, attrs: { tests: testIds.length } });
    this.#milestone(nowMs, 'spawned', undefined);
  }

  /** Of a process that is gone only the number is left, and another may have it by now. */
  get livePid(): number | undefined {
    return this.isAlive ? this.#runner.pid : undefined;
  }

  get isAlive(): boolean {
    return this.#exit === undefined && !this.#hasEnded && this.#runner.pid !== undefined;
  }

  get runnerId(): string {
    return `runner-${this.#runner.jobId}`;
  }

  get plan(): BenchmarkPlan {
    return this.#runner.plan;
  }

  get phase(): RunnerPhase {
    return this.#phase.value;
  }

  get activeTestId(): string | undefined {
    return this.#activeTestId;
  }

  /** Time since the runner was heard of last, or since its start. */
  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#lastWordMs;
  }

  /** Takes what the runner told; `stampMs` is its own stamp. */
  hear(event: BenchmarkEvent, stampMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    const atMs = Math.min(stampMs, nowMs);
    this.#lastWordMs = nowMs;
    this.#lastEvent = { at: this.#clock.now().toISOString(), type: event.type };
    this.#lastProgressAt = this.#wallAt(atMs);
    if (event.type === 'phase') this.#hearPhase(event, atMs);
    // Twice a second for as long as tokens arrive: in the recorder it would leave room for nothing else.
    else if (event.type === 'live') this.#phaseDetail = this.#isCancelling ? this.#phaseDetail : detailOf(event);
    else {
      this.#follow(event, atMs);
      const testId = testIdOf(event);
      this.#note(atMs, { event: event.type, detail: detailOf(event), attrs: attributesOf(event), testId });
    }
  }

  /** Somebody wants the runner to stop. */
  cancelRequested(): void {
    if (this.#isCancelling || this.#hasEnded) return;
    const nowMs = this.#clock.monotonicMs();
    this.#isCancelling = true;
    this.#tasks.cancelPending();
    this.#enter('cancel_requested', nowMs);
    this.#milestone(nowMs, 'cancel_requested', this.#activeTestId);
  }

  /** The process is gone. */
  exited(exit: RunnerExit): void {
    const nowMs = this.#clock.monotonicMs();
    this.#exit = exit;
    const how = exit.signal ?? (exit.exitCode === undefined ? undefined : `exit code ${exit.exitCode}`);
    this.#note(nowMs, { event: 'exited', detail: how, attrs: known({ ...exit }) });
    this.#milestone(nowMs, 'exited', how);
  }

  /** All that it had to say has been read. */
  ended(end: RunnerEnd): void {
    const nowMs = this.#clock.monotonicMs();
    this.#hasEnded = true;
    // The runner's own word is the more exact one.
    const last = this.#phase.value;
    if (end.status === 'crashed' && last !== 'error') this.#enter('error', nowMs, { detail: end.message });
    if (end.status === 'cancelled' && last !== 'shutdown_cleanup') this.#enter('shutdown_cleanup', nowMs);
    this.#setStatus(end.status === 'crashed' ? 'RunnerFailed' : 'RunnerShutdown', nowMs);
    // Last, so that the entry of a crash still names the test that it happened in.
    this.#tasks.close(end.status === 'cancelled' || end.status === 'paused');
    this.#activeTestId = undefined;
  }

  /** The model's, once the server has told them. */
  setLayers(layers: number): void {
    this.#layers = layers;
  }

  /** As the contract shows it. `processAlive` is what the system says where that was asked. */
  describe(processAlive = this.isAlive): RunnerDiagnostics {
    const { jobId, modelId, nodeId, pid } = this.#runner;
    const nowMs = this.#clock.monotonicMs();
    const secondsSince = ({ sinceMs }: Since<unknown>) => Math.max(0, nowMs - sinceMs) / 1000;
    const identity = { nodeId, runnerId: this.runnerId, pid: pid ?? null, instanceId: this.#instanceId, modelId };
    const place = { startLayer: 0, endLayer: this.#layers, nLayers: this.#layers };
    return {
      ...identity,
      ...place,
      deviceRank: 0,
      worldSize: 1,
      processAlive,
      exitCode: exitCodeOf(this.#exit),
      statusKind: this.#status.value,
      statusSince: this.#status.at,
      secondsInStatus: secondsSince(this.#status),
      phase: this.#phase.value,
      phaseStartedAt: this.#phase.at,
      secondsInPhase: secondsSince(this.#phase),
      lastProgressAt: this.#lastProgressAt ?? null,
      activeTaskId: this.#tasks.active ?? null,
      activeCommandId: this.#hasEnded ? null : jobId,
      phaseDetail: this.#phaseDetail ?? null,
      // No server but a Skulk node tells its memory, and that is in the node's own record.
      lastMlxMemory: null,
      flightRecorder: this.#recorder.entries.map((entry) => ({
        ...entry,
        attrs: { ...entry.attrs },
        context: { ...identity, ...place, rank: 0, worldSize: 1 },
        commandId: jobId,
        mlxMemory: null,
      })),
      pendingTaskIds: [...this.#tasks.pending],
      inProgressTasks: this.#tasks.active === undefined ? [] : [this.#taskRecord(this.#tasks.active)],
      completedTaskCount: this.#tasks.completed,
      cancelledTaskIds: [...this.#tasks.cancelled],
      lastTaskSentAt: this.#lastTaskSentAt ?? null,
      lastEventReceivedAt: this.#lastEvent?.at ?? null,
      lastEventType: this.#lastEvent?.type ?? null,
      milestones: [...this.#milestones],
    };
  }

  get #instanceId(): string {
    return `${this.#runner.jobId}-${this.#runner.pid ?? 'not-started'}`;
  }

  #taskRecord(taskId: string): TaskRecord {
    return {
      taskId,
      taskKind: 'BenchmarkTest',
      taskStatus: this.#isCancelling ? 'Cancelling' : 'Running',
      instanceId: this.#instanceId,
      commandId: this.#runner.jobId,
      runnerId: this.runnerId,
      modelId: this.#runner.modelId,
    };
  }

  #hearPhase({ phase, testId, detail }: Extract<BenchmarkEvent, { type: 'phase' }>, atMs: number): void {
    if (this.#isCancelling && !phasesOfTheEnd.has(phase)) {
      this.#note(atMs, { event: 'phase', phase, detail, attrs: {}, testId });
      return;
    }
    this.#enter(phase, atMs, { detail, testId });
  }

  #follow(event: Exclude<BenchmarkEvent, { type: 'phase' | 'live' }>, atMs: number): void {
    if (event.type === 'test_started') {
      this.#activeTestId = event.testId;
      this.#tasks.start(event.testId);
      this.#lastTaskSentAt = this.#wallAt(atMs);
    } else if (event.type === 'test_finished') {
      this.#activeTestId = undefined;
      this.#tasks.finish();
      this.#milestone(atMs, 'test_finished', event.test.test_id);
    } else if (event.type === 'test_skipped') this.#tasks.skip(event.testId);
  }

  #enter(phase: RunnerPhase, atMs: number, { detail, testId }: Partial<NewEntry> = {}): void {
    this.#phase = { value: phase, at: this.#wallAt(atMs), sinceMs: atMs };
    this.#phaseDetail = detail === undefined ? undefined : shortened(detail);
    this.#setStatus(phaseStatus[phase] ?? 'RunnerRunning', atMs);
    this.#note(atMs, { event: 'phase', detail: this.#phaseDetail, attrs: {}, testId });
    const milestone = milestones[phase];
    if (milestone !== undefined && !this.#entered.has(phase)) this.#milestone(atMs, milestone, testId);
    this.#entered.add(phase);
  }

  #setStatus(status: StatusKind, atMs: number): void {
    if (status !== this.#status.value) this.#status = { value: status, at: this.#wallAt(atMs), sinceMs: atMs };
  }

  #note(atMs: number, entry: NewEntry): void {
    const { event, detail, attrs, testId, phase } = entry;
    const taskId = testId === undefined ? this.#tasks.active : this.#tasks.idOf(testId);
    this.#recorder.record({
      at: this.#wallAt(atMs),
      phase: phase ?? this.#phase.value,
      event,
      detail: detail ?? null,
      attrs,
      taskId: taskId ?? null,
    });
  }

  #milestone(atMs: number, name: string, detail: string | undefined): void {
    this.#milestones.push({ at: this.#wallAt(atMs), name, detail: detail ?? null });
  }

  #wallAt(atMs: number): string {
    const offsetMs = this.#clock.now().getTime() - this.#clock.monotonicMs();
    if (Math.abs(offsetMs - this.#wallOffsetMs) >= CLOCK_STEP_MS) this.#wallOffsetMs = offsetMs;
    return new Date(atMs + this.#wallOffsetMs).toISOString();
  }
}

function exitCodeOf(exit: RunnerExit | undefined): number | null {
  if (exit?.signal !== undefined) return -constants.signals[exit.signal];
  return exit?.exitCode ?? null;
}
