/** Any other server with an OpenAI-compatible API. */
import type { InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { listedModels, maxModelLength, openAiServer, readModels } from './openai-compatible.js';

async function identify(probe: Probe): Promise<Identification | undefined> {
  if (listedModels(await probe.get('/v1/models')) === undefined) return undefined;
  return { name: 'OpenAI-compatible server', version: undefined };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => readModels(client, undefined, signal),
    contextLength: (model, signal) => maxModelLength(client, model, signal),
  });
}

/** No port is its own: it is found on those of the others. */
export const openai: ServerFamily = { kind: 'openai', ports: [], identify, connect };
