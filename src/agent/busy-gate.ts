/** Keeps scheduled benchmarks from a target that is in use or asleep. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BusyState } from '../benchmark/inference-server.js';
import type { Config } from '../config/schema.js';
import type { Sampler } from '../hardware/sampler.js';
import { scheduleOf } from '../jobs/job.js';
import { JobSkip } from '../jobs/job-skip.js';
import type { JobWork } from '../jobs/job-work.js';
import type { Logger } from '../logger.js';
import { type BusyVerdict, checkBusy, useAtAGlance } from '../runner/busy-check.js';
import type { LocalSight } from '../runner/local-sight.js';
import type { ResolvedTarget } from '../servers/target.js';
import type { Clock } from '../shared/clock.js';

export interface BusyGateOptions {
  readonly config: () => Config;
  /** What can be seen of targets on this machine. */
  readonly sight: LocalSight & { readonly sampler: Pick<Sampler, 'latest'> };
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
}

// A driver's word on how busy a GPU is may be a second old, and is then about the benchmark before.
const SETTLED_AFTER_MS = 2000;

/** What of a target it takes to see whether it is in use. */
type Looked = Pick<ResolvedTarget, 'server' | 'isLocal' | 'name'>;

export class BusyGate {
  readonly #options: BusyGateOptions;
  #lastLoadMs = Number.NEGATIVE_INFINITY;

  constructor(options: BusyGateOptions) {
    this.#options = options;
  }

  /** Load of ours, this process's or another's, has just ended: a benchmark's, or that of loading a model. */
  loadEnded(): void {
    this.#lastLoadMs = this.#options.clock.nowMs();
  }

  /**
   * To be passed right before a job's first request: throws `JobSkip` where its schedule does not run on a busy target
   * and this one is. What cannot be told is said in the job's log, and counts as free.
   */
  async pass({ job, log, signal }: Pick<JobWork, 'job' | 'log' | 'signal'>, target: Looked): Promise<void> {
    const name = scheduleOf(job);
    // A schedule that a reload has taken away decides as one that was left as it was.
    const schedule = this.#options.config().schedules.find((known) => known.name === name);
    if (name === undefined || schedule?.whenBusy === 'run') return;
    const verdict = await this.look(target, signal);
    if (verdict.busy) throw new JobSkip(verdict.reason, verdict.detail);
    if (verdict.unknown !== undefined)
      log.write(`Cannot tell whether somebody uses ${target.name}: ${verdict.unknown}.`);
  }

  /** Rejects with the signal's reason alone. */
  async look(target: Looked, signal: AbortSignal): Promise<BusyVerdict> {
    const { sight, logger } = this.#options;
    await this.#settled(signal);
    try {
      return await checkBusy({ server: target.server, local: target.isLocal ? sight : undefined, signal });
    } catch (error) {
      signal.throwIfAborted();
      // Whatever is wrong with the target, the benchmark itself meets it and records it.
      logger.debug({ err: error, target: target.name }, 'could not tell whether the target is busy');
      return { busy: false, unknown: error instanceof Error ? error.message : String(error) };
    }
  }

  /**
   * For whoever looks every now and then: asks the server only where that does not count as use, and else looks at its
   * processes. `undefined` where neither is possible. Rejects with the signal's reason alone.
   */
  async glance({ server, isLocal, name }: Looked, signal: AbortSignal): Promise<BusyState['state'] | undefined> {
    const { sight, logger } = this.#options;
    try {
      const own = server.busyKeepsAwake === true ? undefined : await server.busy(signal);
      if (own?.state === 'idle' || own?.state === 'busy') return own.state;
      return isLocal
        ? (await useAtAGlance(server.apiBase, { activity: sight.activity, readings: sight.sampler.latest() })).state
        : own?.state;
    } catch (error) {
      signal.throwIfAborted();
      logger.debug({ err: error, target: name }, 'could not tell whether the target is busy');
      return 'unknown';
    }
  }

  async #settled(signal: AbortSignal): Promise<void> {
    const leftMs = this.#lastLoadMs + SETTLED_AFTER_MS - this.#options.clock.nowMs();
    if (leftMs > 0) await delay(leftMs, undefined, { signal });
  }
}
