/**
 * Lemonade Server: starts llama.cpp, or an engine for NPUs, for whatever model is asked for. Source: lemonade-sdk/lemonade
 * docs/api/lemonade.md (GET /v1/health), docs/api/openai.md (GET /v1/models), src/cpp/server/server.cpp.
 */
import * as z from 'zod';
import { openAiChat } from '../../../benchmark/client/openai-chat.js';
import type { InferenceServer, ServedModel } from '../../../benchmark/inference-server.js';
import type { Probe } from '../../probe.js';
import { createServerClient, type ServerClient } from '../../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../../server-family.js';
import { llamaExtras, llamaTimings } from '../llama-timings.js';
import { knownLength, openAiServer } from '../openai-compatible.js';

const loadedSchema = z.object({
  model_name: z.string(),
  /** llm, embedding, reranking, transcription, image or tts. */
  type: z.string().optional(),
  recipe_options: z.object({ ctx_size: z.number().optional() }).nullish(),
});

const healthSchema = z.object({
  status: z.literal('ok'),
  version: z.string().optional(),
  /** The one that was used last, of whatever type. */
  model_loaded: z.string().nullable(),
  all_models_loaded: z.array(loadedSchema),
});

const listSchema = z.object({
  data: z.array(z.object({ id: z.string(), recipe: z.string().nullish(), labels: z.array(z.string()).nullish() })),
});

const CHAT = 'llm';
// What a model is for, where it is not for chatting.
const OTHER_LABELS = new Set(['embeddings', 'embedding', 'reranking', 'transcription', 'image', 'tts']);

/** All releases have the routes below /api; some newer ones have them without it as well. */
function root(apiBase: string): string {
  return apiBase.endsWith('/api') ? '' : '/api';
}

async function identify(probe: Probe): Promise<Identification | undefined> {
  const answer = await probe.get(`${root(probe.apiBase)}/v1/health`);
  const health = healthSchema.safeParse(answer?.json).data;
  return health && { name: 'Lemonade', version: health.version };
}

async function loadedModels(client: ServerClient, path: string, signal: AbortSignal) {
  const { all_models_loaded: loaded } = await client.get(`${path}/v1/health`, healthSchema, signal);
  return loaded.filter(({ type = CHAT }) => type === CHAT);
}

/** The chat models on its disk. What it hands on to somebody's cloud is not this machine's to be measured. */
async function models(client: ServerClient, path: string, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [{ data }, running] = await Promise.all([
    client.get(`${path}/v1/models`, listSchema, signal),
    loadedModels(client, path, signal),
  ]);
  const loaded = new Set(running.map(({ model_name: name }) => name));
  return data
    .filter(({ recipe }) => recipe !== 'cloud')
    .filter(({ id, labels }) => loaded.has(id) || !labels?.some((label) => OTHER_LABELS.has(label)))
    .map(({ id }) => ({ id, loaded: loaded.has(id) }));
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  const path = root(identity.apiBase);
  return openAiServer(identity, client, {
    chat: { ...openAiChat, path: `${path}${openAiChat.path}` },
    models: (signal) => models(client, path, signal),
    contextLength: async (model, signal) => {
      const running = (await loadedModels(client, path, signal)).find(({ model_name: name }) => name === model);
      return knownLength(running?.recipe_options?.ctx_size);
    },
    // Mostly llama-server is behind it; the others pass over what they do not know.
    requestExtras: llamaExtras,
    ownTimings: llamaTimings,
  });
}

export const lemonade: ServerFamily = { kind: 'lemonade', ports: [8000, 13305], identify, connect };
