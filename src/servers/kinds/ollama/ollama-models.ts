/** What Ollama tells of its models. None of these questions loads one or keeps one loaded. Source: api/types.go. */
import * as z from 'zod';
import type { ServedModel } from '../../../benchmark/inference-server.js';
import type { ServerClient } from '../../server-client.js';
import { knownLength } from '../openai-compatible.js';

const detailsSchema = z.object({ family: z.string().nullish(), quantization_level: z.string().nullish() }).nullish();

const pulledSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      digest: z.string().nullish(),
      details: detailsSchema,
      /** Since 0.24. */
      capabilities: z.array(z.string()).nullish(),
      /** Of a model that runs in somebody's cloud under a local name. */
      remote_host: z.string().nullish(),
    }),
  ),
});

const runningSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      details: detailsSchema,
      /** Since 0.9.7: what the model was loaded with, in tokens. */
      context_length: z.number().nullish(),
      size: z.number().nullish(),
      size_vram: z.number().nullish(),
      expires_at: z.string().nullish(),
    }),
  ),
});

const showSchema = z.object({
  /** The metadata of the model's file; its keys begin with the architecture's name: `llama.block_count`. */
  model_info: z.record(z.string(), z.unknown()).nullish(),
  /** Since 0.6.4. */
  capabilities: z.array(z.string()).nullish(),
});

/** A model on the server's disk. */
export interface PulledModel {
  readonly name: string;
  /** Without the name of its algorithm. */
  readonly digest: string | undefined;
  readonly quantisation: string | undefined;
}

/** A model in the server's memory. What it does not tell is `undefined`. */
export interface RunningModel {
  readonly name: string;
  readonly contextLength: number | undefined;
  /** In bytes. */
  readonly size: number | undefined;
  readonly vramSize: number | undefined;
  /** Milliseconds since 1970, by the server's clock. */
  readonly expiresAtMs: number | undefined;
}

type Listed = z.infer<typeof pulledSchema>['models'][number] | z.infer<typeof runningSchema>['models'][number];

/** The chat models, each with whether it is loaded. Those that run elsewhere are not this server's to be measured. */
export async function chatModels(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [pulled, running] = await Promise.all([
    client.get('/api/tags', pulledSchema, signal),
    client.get('/api/ps', runningSchema, signal),
  ]);
  const loaded = new Set(running.models.map(({ name }) => name));
  const listed = new Map<string, Listed>([...running.models, ...pulled.models].map((model) => [model.name, model]));
  const own = [...listed.values()].filter((model) => !('remote_host' in model && model.remote_host));
  const chatting = await Promise.all(own.map((model) => canChat(model, { client, loaded, signal })));
  return own.filter((_, index) => chatting[index]).map(({ name }) => ({ id: name, loaded: loaded.has(name) }));
}

interface Asking {
  readonly client: ServerClient;
  readonly loaded: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Embedding models stay loaded beside chat models and cannot chat. */
async function canChat(model: Listed, { client, loaded, signal }: Asking): Promise<boolean> {
  const told = 'capabilities' in model ? model.capabilities : undefined;
  // Where the list does not say, only the loaded ones are looked into: each look reads a file.
  const asked = told ?? (loaded.has(model.name) ? await shownCapabilities(client, model.name, signal) : undefined);
  // Without either, the family's name must do: bert, nomic-bert, …
  return asked?.includes('completion') ?? !(model.details?.family ?? '').endsWith('bert');
}

async function shown(client: ServerClient, model: string, signal: AbortSignal) {
  return client.post('/api/show', { model }, showSchema, signal);
}

async function shownCapabilities(client: ServerClient, model: string, signal: AbortSignal) {
  try {
    return (await shown(client, model, signal)).capabilities ?? undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** `undefined` where it is not loaded, or the server does not tell what is. */
export async function runningModel(
  client: ServerClient,
  model: string,
  signal: AbortSignal,
): Promise<RunningModel | undefined> {
  const running = await client.find('/api/ps', runningSchema, signal);
  const found = running?.models.find(({ name }) => name === model);
  if (found === undefined) return undefined;
  return {
    name: found.name,
    contextLength: knownLength(found.context_length),
    size: knownLength(found.size),
    vramSize: found.size_vram ?? undefined,
    expiresAtMs: epochMs(found.expires_at),
  };
}

/** Go writes nine digits of a second, of which three are read. A model that is just being loaded expires in the year 1. */
function epochMs(time: string | null | undefined): number | undefined {
  const ms = Date.parse(time ?? '');
  return ms > 0 ? ms : undefined;
}

/** Share of the model's memory that lies on GPUs, 0 to 1; `undefined` where the server does not tell. */
export function gpuRatioOf(running: RunningModel | undefined): number | undefined {
  if (running?.size === undefined || running.vramSize === undefined) return undefined;
  return Math.min(1, Math.max(0, running.vramSize / running.size));
}

export async function pulledModel(
  client: ServerClient,
  model: string,
  signal: AbortSignal,
): Promise<PulledModel | undefined> {
  const pulled = await client.find('/api/tags', pulledSchema, signal);
  const found = pulled?.models.find(({ name }) => name === model);
  return (
    found && {
      name: found.name,
      digest: found.digest?.replace(/^sha256:/, ''),
      quantisation: found.details?.quantization_level ?? undefined,
    }
  );
}

export async function layerCount(
  client: ServerClient,
  model: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { model_info: info } = await shown(client, model, signal);
  const [, blocks] = Object.entries(info ?? {}).find(([key]) => key.endsWith('.block_count')) ?? [];
  return typeof blocks === 'number' ? knownLength(blocks) : undefined;
}
