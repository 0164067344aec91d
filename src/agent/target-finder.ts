/** Finds targets for the agent and `typhon run`: with what the environment tells and with what was measured before. */
import { readTail } from '../chronicle/chronicle-tail.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { StorageError } from '../chronicle/storage-error.js';
import type { Config } from '../config/schema.js';
import type { HardwareMachine } from '../hardware/gpu-source.js';
import { localMachine } from '../runner/local-machine.js';
import type { ModelSelection } from '../servers/model-selection.js';
import { FamiliarServers } from '../servers/recognition/familiar-servers.js';
import { modelsToMeasure, type Resolution, resolveTarget, type TargetRequest } from '../servers/target.js';

/** Rejects with the signal's reason or a `ServerError`. */
export type FindTarget = (request: Omit<TargetRequest, 'configured'>, signal: AbortSignal) => Promise<Resolution>;

/** What `modelsToMeasure` answers. Rejects likewise. */
export type FindModels = (
  request: { readonly target?: string | undefined; readonly models?: ModelSelection | undefined },
  signal: AbortSignal,
) => Promise<readonly (string | undefined)[]>;

export interface Finders {
  readonly findTarget: FindTarget;
  /** For looks that are repeated all day, which ask a server that was met before little; a job is told by `findTarget`. */
  readonly glanceAtTarget: FindTarget;
  readonly findModels: FindModels;
}

export interface FinderOptions {
  /** Asked at each use: a reload may change it. */
  readonly config: () => Pick<Config, 'targets'>;
  readonly paths: Pick<StoragePaths, 'chronicle'>;
  readonly machine: Pick<HardwareMachine, 'platform' | 'root' | 'env' | 'clock'>;
}

// Some dozens of runs: what was measured longer ago at a target is no habit.
const RECENT_ROWS = 512;

export function targetFinder({ config, paths, machine }: FinderOptions): Finders {
  const lastMeasured = async (target: string): Promise<string | undefined> => {
    try {
      const { rows } = await readTail(paths.chronicle, { rows: RECENT_ROWS });
      return rows.findLast((row) => row.target === target)?.model;
    } catch (error) {
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  };
  const options = (signal: AbortSignal) => ({
    signal,
    lastMeasured,
    machine: localMachine(machine),
    discovery: { environment: machine.env },
  });
  const familiar = new FamiliarServers(() => machine.clock.nowMs());
  return {
    findTarget: (request, signal) => resolveTarget({ configured: config().targets, ...request }, options(signal)),
    glanceAtTarget: (request, signal) =>
      resolveTarget({ configured: config().targets, ...request }, { ...options(signal), familiar }),
    findModels: (request, signal) => modelsToMeasure({ configured: config().targets, ...request }, options(signal)),
  };
}
