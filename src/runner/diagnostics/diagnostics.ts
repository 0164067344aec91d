/** What the agent can say at any moment of its runners, of itself and of the machine. */
import { arch, availableParallelism, freemem, hostname, loadavg, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { BenchmarkEvent } from '../../benchmark/benchmark-event.js';
import type { RunnerPhase } from '../../benchmark/phase.js';
import type { HardwareProfile } from '../../hardware/inventory/profile.js';
import type { ServerIdentity } from '../../servers/server-family.js';
import type { ResolvedTarget } from '../../servers/target.js';
import type { RunningJob } from '../benchmark-job.js';
import { readProcessFacts } from '../process-facts.js';
import { type RecordClock, RunnerRecord } from '../runner-record.js';
import { readSkulkRunners, type SkulkRunners } from '../skulk-runners.js';
import { silenceWarning } from '../watchdog.js';
import type {
  NodeDiagnosticsDocument,
  ProcessDiagnostics,
  ResourceDiagnostics,
  RuntimeDiagnostics,
} from './diagnostics-schema.js';

export interface NodeDiagnosticsOptions extends RecordClock {
  readonly version: string;
  /** The machine's id where it is known before the first runner, e.g. from an earlier run. */
  readonly nodeId?: (() => string | undefined) | undefined;
  /** Folder that holds `proc`. */
  readonly root: string;
  /** Servers that are known to be targets, whatever their kind; those of the kept runners need not be among them. */
  readonly servers?: (() => readonly ServerIdentity[]) | undefined;
  /** How long a Skulk node may take to answer. */
  readonly skulkTimeoutMs?: number | undefined;
}

/** What a runner measures, and on which machine. */
export interface DiagnosedTarget {
  readonly target: ResolvedTarget;
  readonly profile: Pick<HardwareProfile, 'machine_id'>;
}

/** What is looked at of the job that a runner works for. */
export interface DiagnosedJob {
  readonly job: { readonly job_id: string };
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
}

interface KeptRunner {
  readonly record: RunnerRecord;
  readonly target: ServerIdentity;
  readonly nodeId: string;
}

// Enough to compare a runner that died with the ones before it.
const KEPT_RUNNERS = 4;
const SKULK_TIMEOUT_MS = 2000;

export class NodeDiagnostics {
  readonly #options: NodeDiagnosticsOptions;
  /** The newest first. */
  readonly #runners: KeptRunner[] = [];

  constructor(options: NodeDiagnosticsOptions) {
    this.#options = options;
  }

  /** A runner has been started. To be called at once, before anything it says can arrive. */
  readonly attach = (
    running: Pick<RunningJob, 'runner' | 'plan'> & Partial<Pick<RunningJob, 'finished'>>,
    { target, profile }: DiagnosedTarget,
    { job, signal }: DiagnosedJob,
  ): void => {
    const { runner, finished = [] } = running;
    const plan = { ...running.plan, tests: running.plan.tests.filter(({ testId }) => !finished.includes(testId)) };
    const nodeId = profile.machine_id;
    const known = { jobId: job.job_id, pid: runner.pid, nodeId, modelId: target.model, plan };
    const record = new RunnerRecord(known, this.#options);
    this.#runners.unshift({ record, target: target.identity, nodeId });
    this.#runners.length = Math.min(this.#runners.length, KEPT_RUNNERS);
    const onCancel = () => record.cancelRequested();
    signal.addEventListener('abort', onCancel, { once: true });
    if (signal.aborted) onCancel();
    void learnLayers(target, signal, record);
    void runner.exited.then((exit) => record.exited(exit));
    void runner.ended.then((end) => {
      signal.removeEventListener('abort', onCancel);
      record.ended(end);
    });
  };

  /** What the runner attached last has told; there is never more than one. */
  readonly onEvent = (event: BenchmarkEvent, atMs: number): void => {
    this.#runners[0]?.record.hear(event, atMs);
  };

  /** Where the runner is that runs now; `undefined` while none does. Asks nobody. */
  get current(): { readonly phase: RunnerPhase; readonly secondsInPhase: number } | undefined {
    const record = this.#runners[0]?.record;
    if (record === undefined || !record.isAlive) return undefined;
    const { phase, secondsInPhase } = record.describe();
    return { phase, secondsInPhase };
  }

  /** Never rejects: what cannot be read is a warning. */
  async snapshot(): Promise<NodeDiagnosticsDocument> {
    // First, since it may take long: all else is to be as fresh as can be.
    const skulk = await this.#skulkRunners();
    const [processes, delayMs] = await Promise.all([this.#processes(), loopDelayMs()]);
    const dead = new Set(processes.filter(({ alive }) => !alive).map(({ pid }) => pid));
    const records = this.#runners.map(({ record }) => record);
    return {
      generatedAt: this.#options.now().toISOString(),
      runtime: this.#runtime(delayMs),
      resources: resources(),
      processes: [...processes],
      supervisorRunners: [
        ...records.map((record) => record.describe(record.livePid !== undefined && !dead.has(record.livePid))),
        ...skulk.flatMap(({ runners }) => runners),
      ],
      warnings: [
        ...records.flatMap((record) => silenceWarning(record) ?? []),
        ...skulk.flatMap(({ warnings }) => warnings),
      ],
    };
  }

  #runtime(delayMs: number): RuntimeDiagnostics {
    return {
      nodeId: this.#runners[0]?.nodeId ?? this.#options.nodeId?.() ?? null,
      hostname: hostname(),
      pid: process.pid,
      typhonVersion: this.#options.version,
      nodeVersion: process.version,
      platform: process.platform,
      arch: arch(),
      uptimeSeconds: process.uptime(),
      eventLoopDelaySeconds: delayMs / 1000,
      eventLoopUtilization: performance.eventLoopUtilization().utilization,
    };
  }

  async #processes(): Promise<readonly ProcessDiagnostics[]> {
    const pids = this.#runners.flatMap(({ record }) => record.livePid ?? []);
    return Promise.all([this.#process(process.pid, 'agent'), ...pids.map((pid) => this.#process(pid, 'runner'))]);
  }

  async #process(pid: number, role: ProcessDiagnostics['role']): Promise<ProcessDiagnostics> {
    const facts = await readProcessFacts(pid, this.#options.root);
    return {
      pid,
      role,
      alive: facts.alive,
      parentPid: facts.parentPid ?? null,
      status: facts.state ?? null,
      threads: facts.threads ?? null,
      rssBytes: facts.rssBytes ?? null,
      cpuSeconds: facts.cpuSeconds ?? null,
    };
  }

  async #skulkRunners(): Promise<readonly SkulkRunners[]> {
    const identities = [...this.#runners.map(({ target }) => target), ...(this.#options.servers?.() ?? [])];
    const nodes = new Map(
      identities.filter(({ kind }) => kind === 'skulk').map((identity) => [identity.apiBase, identity]),
    );
    const timeoutMs = this.#options.skulkTimeoutMs ?? SKULK_TIMEOUT_MS;
    return Promise.all([...nodes.values()].map((node) => readSkulkRunners(node, timeoutMs)));
  }
}

/** Asked of the server while the runner is still starting; a server that does not tell leaves them at 0. */
async function learnLayers(
  { server, model }: ResolvedTarget,
  signal: AbortSignal,
  record: RunnerRecord,
): Promise<void> {
  const layers = await server.layerCount?.(model, signal).catch(() => undefined);
  if (layers !== undefined) record.setLayers(layers);
}

/** How late the event loop comes to what is due at once: what keeps the agent from answering. */
function loopDelayMs(): Promise<number> {
  const askedMs = performance.now();
  return new Promise((resolve) => {
    setImmediate(() => resolve(performance.now() - askedMs));
  });
}

function resources(): ResourceDiagnostics {
  const { rss, heapUsed } = process.memoryUsage();
  const [oneMinute = 0, fiveMinutes = 0, fifteenMinutes = 0] = loadavg();
  return {
    memory: { totalBytes: totalmem(), availableBytes: freemem() },
    agentMemory: { rssBytes: rss, heapUsedBytes: heapUsed },
    cpuCount: availableParallelism(),
    loadAverage: process.platform === 'win32' ? null : { oneMinute, fiveMinutes, fifteenMinutes },
  };
}
