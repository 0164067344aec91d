/** `mlx_lm.server`. Source: ml-explore/mlx-lm mlx_lm/server.py. */
import type { InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { listedModels, openAiServer, readModels } from './openai-compatible.js';

// The name under which the model of `--model` is addressed. The list holds the whole download cache, and asking for
// another of its models makes the server drop the loaded one.
const LOADED_MODEL = 'default_model';

async function identify(probe: Probe): Promise<Identification | undefined> {
  const answer = await probe.get('/v1/models');
  const models = listedModels(answer);
  // Nothing names it short of an inference: Python's plain HTTP server and models without an owner must do.
  const plain = answer?.headers['server']?.startsWith('BaseHTTP/') === true;
  if (!plain || models === undefined || models.some((model) => typeof model.owned_by === 'string')) return undefined;
  return { name: 'MLX LM', version: undefined };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: async (signal) => {
      const cached = await readModels(client, undefined, signal);
      return [{ id: LOADED_MODEL, loaded: undefined }, ...cached];
    },
  });
}

export const mlxLm: ServerFamily = { kind: 'mlx-lm', ports: [8080], identify, connect };
