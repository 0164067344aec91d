/** exo. Source: exo-explore/exo src/exo/api/main.py. */

import type { Probe } from '../probe.js';
import type { Identification, ServerFamily } from '../server-family.js';
import { connectCluster, nodeId } from './exo-state.js';
import { listedModels } from './openai-compatible.js';

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [instance, models] = await Promise.all([nodeId(probe), probe.get('/v1/models')]);
  if (instance === undefined || listedModels(models) === undefined) return undefined;
  return { name: 'exo', version: undefined, instance };
}

export const exo: ServerFamily = { kind: 'exo', ports: [52415], identify, connect: connectCluster };
