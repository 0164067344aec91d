/** Skulk: exo's API and the diagnostics of its runners. Source: Foxlight-Foundation/Skulk src/exo/api/main.py. */
import * as z from 'zod';
import type { Probe } from '../probe.js';
import type { Identification, ServerFamily } from '../server-family.js';
import { connectCluster, nodeId } from './exo-state.js';

const diagnosticsSchema = z.object({ supervisorRunners: z.array(z.unknown()) });

async function identify(probe: Probe): Promise<Identification | undefined> {
  const instance = await nodeId(probe);
  if (instance === undefined) return undefined;
  const diagnostics = await probe.get('/v1/diagnostics/node');
  if (!diagnosticsSchema.safeParse(diagnostics?.json).success) return undefined;
  return { name: 'Skulk', version: undefined, instance };
}

export const skulk: ServerFamily = { kind: 'skulk', ports: [52415], identify, connect: connectCluster };
