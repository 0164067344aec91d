/**
 * Ollama. Sources: ollama/ollama docs/api.md, server/routes.go.
 * Nothing is ever sent that would make it reload a model (`num_ctx`, `keep_alive`).
 */
import * as z from 'zod';
import type { InferenceServer, ModelFile, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { knownLength, openAiServer } from './openai-compatible.js';

const versionSchema = z.object({ version: z.string() });

const modelsSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      /** In `/api/ps` alone: what the model was loaded with, in tokens. */
      context_length: z.number().optional(),
      digest: z.string().optional(),
      details: z.object({ family: z.string().optional(), quantization_level: z.string().optional() }).optional(),
    }),
  ),
});

/** The metadata of the model's file; its keys begin with the architecture's name: `llama.block_count`. */
const showSchema = z.object({ model_info: z.record(z.string(), z.unknown()) });

async function layerCount(client: ServerClient, model: string, signal: AbortSignal): Promise<number | undefined> {
  const { model_info } = await client.post('/api/show', { model }, showSchema, signal);
  const [, blocks] = Object.entries(model_info).find(([key]) => key.endsWith('.block_count')) ?? [];
  return typeof blocks === 'number' && Number.isSafeInteger(blocks) && blocks > 0 ? blocks : undefined;
}

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [banner, version] = await Promise.all([probe.get('/'), probe.get('/api/version')]);
  // Several servers imitate Ollama's routes and some its banner: the registry asks them first.
  if (banner?.text.trim() !== 'Ollama is running') return undefined;
  return { name: 'Ollama', version: versionSchema.safeParse(version?.json).data?.version };
}

// Embedding models (bert, nomic-bert, …) stay loaded beside chat models and cannot chat.
function canChat(model: z.infer<typeof modelsSchema>['models'][number]): boolean {
  return !(model.details?.family ?? '').endsWith('bert');
}

async function models(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [pulled, running] = await Promise.all([
    client.get('/api/tags', modelsSchema, signal),
    client.get('/api/ps', modelsSchema, signal),
  ]);
  const loaded = new Set(running.models.map((model) => model.name));
  const listed = new Map([...running.models, ...pulled.models].map((model) => [model.name, model]));
  return [...listed.values()].filter(canChat).map(({ name }) => ({ id: name, loaded: loaded.has(name) }));
}

// As many digits as `ollama list` shows.
const DIGEST_DIGITS = 12;

async function modelFile(client: ServerClient, model: string, signal: AbortSignal): Promise<ModelFile | undefined> {
  const pulled = await client.find('/api/tags', modelsSchema, signal);
  const found = pulled?.models.find(({ name }) => name === model);
  const digest = found?.digest?.replace(/^sha256:/, '').slice(0, DIGEST_DIGITS);
  return found && { id: digest, quantisation: found.details?.quantization_level };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => models(client, signal),
    contextLength: async (model, signal) => {
      const running = await client.find('/api/ps', modelsSchema, signal);
      return knownLength(running?.models.find(({ name }) => name === model)?.context_length);
    },
    modelFile: (model, signal) => modelFile(client, model, signal),
    layerCount: (model, signal) => layerCount(client, model, signal),
  });
}

export const ollama: ServerFamily = { kind: 'ollama', ports: [11434], identify, connect };
