/** Whom the agent tells what: run failures, regressions, recoveries, changed answers, missed schedules, each channel once. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchmarkResult } from '../benchmark/result.js';
import { writeJson } from '../chronicle/atomic-file.js';
import { systemCodeOf } from '../chronicle/file-system.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { removeStaleFiles } from '../chronicle/temporary-name.js';
import type { Config } from '../config/schema.js';
import type { Job } from '../jobs/job.js';
import type { JobStore } from '../jobs/job-store.js';
import type { MissedRuns } from '../jobs/last-handled-checkpoint.js';
import type { Skip } from '../jobs/schedule.js';
import type { RegressionEvent } from '../judging/trend-judging.js';
import type { Logger } from '../logger.js';
import type { NotificationEvent } from '../notifications/event.js';
import { Notifier, type NotifierOptions, type OutboxFiles } from '../notifications/notifier.js';
import { outputNotification } from '../notifications/output-notification.js';
import { regressionNotifications } from '../notifications/regression-notifications.js';
import { systemClock } from '../shared/clock.js';

export interface NotifyingOptions {
  readonly config: () => Config;
  readonly paths: StoragePaths;
  readonly hostName: string;
  readonly now: () => Date;
  readonly random: () => number;
  readonly logger: Logger;
  readonly onOutcome?: NotifierOptions['onOutcome'];
}

export interface Notifying {
  /**
   * Once, before any job runs: what may have happened just before the agent died, so that nobody was told. It is told
   * to the channels that did not hear of it.
   */
  readonly start: (store: JobStore, regressions: readonly RegressionEvent[]) => Promise<void>;
  readonly jobEnded: (job: Job) => void;
  readonly skipped: (schedule: string, skip: Skip) => void;
  readonly missed: (slots: readonly MissedRuns[]) => Promise<void>;
  /** Resolves when every channel has written it down. */
  readonly regressions: (regressions: readonly RegressionEvent[]) => Promise<void>;
  /** A result has been recorded. Resolves when every channel has written down what is worth telling of it. */
  readonly recorded: (result: BenchmarkResult) => Promise<void>;
  /** The configuration has changed. */
  readonly reload: () => Promise<void>;
  /** Waits at most a moment for what is being sent; the rest is sent after the next start. */
  readonly close: () => Promise<void>;
}

// More than fail in the moment before a crash; a channel knows which of them it was told of.
const LOOKED_BACK_JOBS = 50;
// What a server answers may be long, and 200 messages may wait.
const MOST_CHARACTERS = 2000;

export function openNotifying(options: NotifyingOptions): Notifying {
  const { config, paths, hostName: machine, now, random, logger, onOutcome } = options;
  const notifier = new Notifier({
    files: outboxFiles(paths.notifications),
    fetch: (url, request) => fetch(url, request),
    onOutcome,
    clock: systemClock(() => now().getTime()),
    random,
    logger,
  });
  return {
    start: async (store, regressions) => {
      const failed = (['error', 'interrupted'] as const).flatMap((status) =>
        store.page({ status, limit: LOOKED_BACK_JOBS }).flatMap((job) => failureOf(job, machine) ?? []),
      );
      const events = [...failed, ...regressionNotifications(regressions, machine)];
      await removeStaleFiles(paths.notifications);
      await notifier.apply(
        config().notifications,
        events.sort((a, b) => a.at.localeCompare(b.at)),
      );
    },
    jobEnded: (job) => {
      const event = failureOf(job, machine);
      if (event !== undefined) void notifier.notify(event);
    },
    skipped: (schedule, skip) => {
      const event = skipOf(schedule, skip, machine);
      if (event !== undefined) void notifier.notify(event);
    },
    missed: async (slots) => {
      for (const missed of slots) {
        logger.warn({ ...missed }, 'scheduled runs were missed: no agent ran');
        await notifier.notify(missOf(missed, machine, now()));
      }
    },
    regressions: async (regressions) => {
      for (const event of regressionNotifications(regressions, machine)) await notifier.notify(event);
    },
    recorded: async (result) => {
      const event = outputNotification(result, machine);
      if (event !== undefined) await notifier.notify(event);
    },
    reload: () => notifier.apply(config().notifications),
    close: () => notifier.close(),
  };
}

/** A job that a user cancelled has not failed; one that the agent's end interrupted has. */
function failureOf(job: Job, machine: string): NotificationEvent | undefined {
  if (job.status !== 'error' && job.status !== 'interrupted') return undefined;
  const { job_id, mode, trigger, target, model, finished_at } = job;
  const detail = job.status === 'error' ? job.error_detail : undefined;
  return {
    event: 'run_failure',
    id: `run_failure:${job_id}`,
    at: finished_at,
    machine,
    job_id,
    mode,
    trigger,
    target,
    model,
    error: job.error.slice(0, MOST_CHARACTERS),
    detail: detail?.slice(0, MOST_CHARACTERS) ?? null,
  };
}

/** What somebody paused on purpose is not missed, nor what a server sleeps through or has no model in memory for. */
function skipOf(schedule: string, skip: Skip, machine: string): NotificationEvent | undefined {
  const { reason, detail, target = null, count: missed } = skip;
  if (reason === 'paused' || reason === 'server_asleep' || reason === 'model_not_loaded') return undefined;
  const at = skip.at.toISOString();
  const id = `missed_schedule:${schedule}:${target ?? ''}:${at}`;
  return { event: 'missed_schedule', id, at, machine, schedule, target, reason, detail, missed };
}

function missOf({ schedule, count, last }: MissedRuns, machine: string, now: Date): NotificationEvent {
  const due = last.toISOString();
  return {
    event: 'missed_schedule',
    id: `missed_schedule:${schedule}::${due}`,
    at: now.toISOString(),
    machine,
    schedule,
    target: null,
    reason: 'agent_down',
    detail: `typhon was not running at ${due}${count === 1 ? '' : ` and ${count - 1} times before`}`,
    missed: count,
  };
}

function outboxFiles(folder: string): OutboxFiles {
  const fileOf = (channel: string) => join(folder, `${channel}.json`);
  return {
    read: async (channel) => {
      try {
        return JSON.parse(await readFile(fileOf(channel), 'utf8')) as unknown;
      } catch (error) {
        if (systemCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: async (channel, outbox) => {
      // Only where somebody is to be told; the storage path itself is there.
      await mkdir(folder).catch((error: unknown) => {
        if (systemCodeOf(error) !== 'EEXIST') throw error;
      });
      await writeJson(fileOf(channel), outbox);
    },
  };
}
