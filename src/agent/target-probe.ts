/** What a target says of itself, for the rounds in which all of them are asked. */
import type { TargetProberOptions } from '../metrics/target-prober.js';
import { ServerError, type ServerErrorCode } from '../servers/server-error.js';
import type { ServerIdentity } from '../servers/server-family.js';
import { type ResolvedTarget, UnreadyError } from '../servers/target.js';
import type { BusyGate } from './busy-gate.js';
import type { FindTarget } from './target-finder.js';

export interface TargetProbeOptions {
  readonly findTarget: FindTarget;
  readonly gate: Pick<BusyGate, 'glance'>;
  /** Which server stands behind the target of that name, `undefined` for discovery. */
  readonly onReached: (target: string | undefined, server: ServerIdentity) => void;
}

/** The server answers, and has no model that could be measured now. */
const noModelCodes: ReadonlySet<ServerErrorCode> = new Set([
  'model_loading',
  'no_model_loaded',
  'model_ambiguous',
  'model_not_loaded',
  'model_not_found',
]);

/** Starts no inference, and wakes nobody: a target that sleeps is there, and is left asleep. */
export function targetProbe({ findTarget, gate, onReached }: TargetProbeOptions): TargetProberOptions['probe'] {
  return async (target, { withUse, signal }) => {
    const reached = ({ identity, model }: Pick<ResolvedTarget, 'identity' | 'model'>) => {
      onReached(target, identity);
      return { kind: identity.kind, version: identity.version, model };
    };
    try {
      const { target: found } = await findTarget({ target }, signal);
      const { contextLength, gpuRatio } = found;
      const server = reached(found);
      const busy = withUse ? await gate.glance(found, signal) : undefined;
      return { ...server, contextLength, gpuRatio, busy };
    } catch (error) {
      if (error instanceof UnreadyError && error.code === 'server_asleep') {
        const { identity, model = '' } = error.unready;
        return { ...reached({ identity, model }), contextLength: undefined, asleep: true, busy: 'idle' };
      }
      if (error instanceof ServerError && noModelCodes.has(error.code)) return { noModel: error.message };
      throw error;
    }
  };
}
