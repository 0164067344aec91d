/**
 * llama-swap: a proxy that starts the server of whatever model is asked for, and stops those of others for it. Its list
 * holds all that it could start. Source: mostlygeek/llama-swap proxy/proxymanager.go, proxy/process.go.
 */
import * as z from 'zod';
import type { InferenceServer, ServedModel } from '../../../benchmark/inference-server.js';
import type { Probe } from '../../probe.js';
import { createServerClient, type ServerClient } from '../../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../../server-family.js';
import { llamaExtras, llamaTimings } from '../llama-timings.js';
import { llamaSwapLoader } from '../loaders/llama-swap-loader.js';
import { type ListedModel, listedModels, modelListSchema, openAiServer } from '../openai-compatible.js';

/** States: stopped, starting, ready, stopping, shutdown. */
const runningSchema = z.object({ running: z.array(z.object({ model: z.string(), state: z.string() })) });

/** What it would ask of another machine has another owner. */
function isOwn({ owned_by: owner }: ListedModel): boolean {
  return owner === 'llama-swap';
}

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [list, running] = await Promise.all([probe.get('/v1/models'), probe.get('/running')]);
  if (!runningSchema.safeParse(running?.json).success || !listedModels(list)?.some(isOwn)) return undefined;
  return { name: 'llama-swap', version: undefined };
}

async function models(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [list, { running }] = await Promise.all([
    client.get('/v1/models', modelListSchema, signal),
    client.get('/running', runningSchema, signal),
  ]);
  const ready = new Set(running.flatMap(({ model, state }) => (state === 'ready' ? [model] : [])));
  // Some are kept out of the list and run all the same.
  const ids = new Set([...list.data.filter(isOwn).map(({ id }) => id), ...ready]);
  return [...ids].map((id) => ({ id, loaded: ready.has(id) }));
}

/** Of the servers behind it nothing is asked: `/upstream/<model>/…` would start one, and put off the end of its stay. */
function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => models(client, signal),
    // Mostly llama-server is behind it; the others pass over what they do not know.
    requestExtras: llamaExtras,
    ownTimings: llamaTimings,
  });
}

export const llamaSwap: ServerFamily = {
  kind: 'llama-swap',
  ports: [8080],
  identify,
  connect,
  loader: async (identity) => llamaSwapLoader(identity),
};
