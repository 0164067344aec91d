/**
 * Docker Model Runner: starts llama.cpp, vLLM or another engine for whatever model is asked for. Sources:
 * docker/model-runner pkg/server/server.go, pkg/inference/models/api.go, pkg/inference/scheduling (api.go, http_handler.go).
 */
import * as z from 'zod';
import { openAiChat } from '../../../benchmark/client/openai-chat.js';
import type { BusyState, InferenceServer, ModelFile, ServedModel } from '../../../benchmark/inference-server.js';
import type { Probe } from '../../probe.js';
import { createServerClient, type ServerClient } from '../../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../../server-family.js';
import { llamaExtras, llamaTimings } from '../llama-timings.js';
import { allOwnedBy, busyByCount, listedModels, openAiServer } from '../openai-compatible.js';

const listSchema = z.object({
  data: z.array(z.object({ id: z.string(), dmr: z.object({ quantization: z.string().optional() }).nullish() })),
});

const runningSchema = z.array(
  z.object({
    /** Without the tag that is the usual one, or by the digest. */
    model_name: z.string(),
    /** completion, embedding, reranking or image generation. */
    mode: z.string(),
    in_use: z.boolean().optional(),
    loading: z.boolean().optional(),
  }),
);
type Running = z.infer<typeof runningSchema>;

/** Where the OpenAI routes lie; its documentation gives them as part of the server's URL. */
function engines({ apiBase }: Pick<ServerIdentity, 'apiBase'>): string {
  return apiBase.endsWith('/engines') ? '' : '/engines';
}

async function identify(probe: Probe): Promise<Identification | undefined> {
  const banner = await probe.get('/');
  const isRoot = banner?.text.trim() === 'Docker Model Runner is running';
  if (!isRoot && !allOwnedBy(listedModels(await probe.get('/v1/models')), 'docker')) return undefined;
  const version = z.object({ version: z.string() }).safeParse((await probe.get('/version'))?.json).data?.version;
  return { name: 'Docker Model Runner', version };
}

function isSame(id: string, running: string): boolean {
  const plain = (name: string) => name.replace(/^docker\.io\//, '').replace(/:latest$/, '');
  return plain(id) === plain(running);
}

/** `undefined` where it does not tell. */
async function runningModels(client: ServerClient, path: string, signal: AbortSignal): Promise<Running | undefined> {
  const running = await client.find(`${path}/ps`, runningSchema, signal);
  return running?.filter(({ loading }) => loading !== true);
}

async function models(client: ServerClient, path: string, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [{ data }, running] = await Promise.all([
    client.get(`${path}/v1/models`, listSchema, signal),
    runningModels(client, path, signal),
  ]);
  const others = (running ?? []).filter(({ mode }) => mode !== 'completion');
  const isOther = (id: string) => others.some(({ model_name: name }) => isSame(id, name));
  const isLoaded = (id: string) =>
    running?.some(({ mode, model_name: name }) => mode === 'completion' && isSame(id, name));
  return data.filter(({ id }) => isLoaded(id) || !isOther(id)).map(({ id }) => ({ id, loaded: isLoaded(id) }));
}

async function busy(client: ServerClient, path: string, signal: AbortSignal): Promise<BusyState> {
  const running = await runningModels(client, path, signal);
  return busyByCount(running?.filter(({ in_use: inUse }) => inUse === true).length);
}

async function modelFile(
  client: ServerClient,
  { path, model }: { readonly path: string; readonly model: string },
  signal: AbortSignal,
): Promise<ModelFile | undefined> {
  const list = await client.find(`${path}/v1/models`, listSchema, signal);
  const quantisation = list?.data.find(({ id }) => id === model)?.dmr?.quantization;
  return quantisation === undefined ? undefined : { id: undefined, quantisation };
}

/** The context that a model has been started with is not told: the list has what its file allows. */
function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  const path = engines(identity);
  return openAiServer(identity, client, {
    chat: { ...openAiChat, path: `${path}${openAiChat.path}` },
    models: (signal) => models(client, path, signal),
    busy: (signal) => busy(client, path, signal),
    modelFile: (model, signal) => modelFile(client, { path, model }, signal),
    // Mostly llama-server is behind it; the others pass over what they do not know.
    requestExtras: llamaExtras,
    ownTimings: llamaTimings,
  });
}

export const dockerModelRunner: ServerFamily = {
  kind: 'docker-model-runner',
  ports: [12434],
  identify,
  connect,
};
