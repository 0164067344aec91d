/** Ollama. Sources: ollama/ollama docs/api.md, server/routes.go. */
import * as z from 'zod';
import type { InferenceServer, ModelFile, OwnTimings } from '../../../benchmark/inference-server.js';
import type { Probe } from '../../probe.js';
import { createServerClient, type ServerClient } from '../../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../../server-family.js';
import { decodeSpeed, lastEvent, plainFields } from '../../stream-events.js';
import { tokenCountSchema } from '../../token-count.js';
import { ollamaLoader } from '../loaders/ollama-loader.js';
import { openAiServer } from '../openai-compatible.js';
import { ollamaHost } from './ollama-host.js';
import { chatModels, gpuRatioOf, layerCount, pulledModel, runningModel } from './ollama-models.js';
import { openOllamaSession } from './ollama-session.js';

const versionSchema = z.object({ version: z.string() });

/** The last line of an answer by Ollama's own route; durations in nanoseconds. */
const timingsSchema = z.looseObject({
  done: z.literal(true),
  load_duration: z.number().optional(),
  prompt_eval_count: tokenCountSchema.optional(),
  eval_count: tokenCountSchema.optional(),
  /** Up to the first token. */
  prompt_eval_duration: z.number().positive().optional().catch(undefined),
  /** From the first token to the last. */
  eval_duration: z.number().optional(),
});

const NS_PER_S = 1e9;

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [banner, version] = await Promise.all([probe.get('/'), probe.get('/api/version')]);
  // Several servers imitate Ollama's routes and some its banner: the registry asks them first.
  if (banner?.text.trim() !== 'Ollama is running') return undefined;
  return { name: 'Ollama', version: versionSchema.safeParse(version?.json).data?.version };
}

function ownTimings(events: readonly unknown[]): OwnTimings | undefined {
  const end = lastEvent(events, timingsSchema);
  if (end === undefined) return undefined;
  const { load_duration: loadNs, prompt_eval_duration: prefillNs, eval_duration: evalNs, eval_count: tokens } = end;
  return {
    raw: plainFields(figuresOf(end)),
    promptTokens: end.prompt_eval_count,
    completionTokens: tokens,
    decodeTps: decodeSpeed(tokens, evalNs === undefined ? undefined : evalNs / NS_PER_S),
    prefillS: prefillNs === undefined ? undefined : prefillNs / NS_PER_S,
    loadS: loadNs === undefined ? undefined : loadNs / NS_PER_S,
  };
}

/** What measures something, of all that the line holds. */
function figuresOf(end: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(end).filter(([name]) => /_(duration|count)$/.test(name)));
}

// As many digits as `ollama list` shows.
const DIGEST_DIGITS = 12;

async function modelFile(client: ServerClient, model: string, signal: AbortSignal): Promise<ModelFile | undefined> {
  const found = await pulledModel(client, model, signal);
  return found && { id: found.digest?.slice(0, DIGEST_DIGITS), quantisation: found.quantisation };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  const server: InferenceServer = openAiServer(identity, client, {
    models: (signal) => chatModels(client, signal),
    contextLength: async (model, signal) => (await runningModel(client, model, signal))?.contextLength,
    gpuRatio: async (model, signal) => gpuRatioOf(await runningModel(client, model, signal)),
    modelFile: (model, signal) => modelFile(client, model, signal),
    layerCount: (model, signal) => layerCount(client, model, signal),
    ownTimings,
    openSession: (model, signal) => openOllamaSession(server, client, model, signal),
  });
  return server;
}

export const ollama: ServerFamily = {
  kind: 'ollama',
  ports: [11434],
  baseIn: ({ OLLAMA_HOST: host }) => ollamaHost(host),
  identify,
  connect,
  loader: async (identity, { now }) => ollamaLoader(identity, now),
};
