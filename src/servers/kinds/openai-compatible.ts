/** What all kinds have in common: the OpenAI routes, and honest ignorance of everything beyond them. */
import * as z from 'zod';
import type { ChatProtocol } from '../../benchmark/client/chat-protocol.js';
import { openAiChat } from '../../benchmark/client/openai-chat.js';
import type { BusyState, InferenceServer, OwnTimings, ServedModel } from '../../benchmark/inference-server.js';
import type { ProbeAnswer } from '../probe.js';
import type { ServerClient } from '../server-client.js';
import type { ServerIdentity } from '../server-family.js';

const listedModelSchema = z.object({
  id: z.string(),
  owned_by: z.string().nullish(),
  /** vLLM's field, adopted by several others: the context length that the model is served with. */
  max_model_len: z.number().nullish(),
  parent: z.string().nullish(),
});
export type ListedModel = z.infer<typeof listedModelSchema>;

export const modelListSchema = z.object({ data: z.array(listedModelSchema) });

/** `/v1/models` as a probe got it; `undefined` where it is not a model list. */
export function listedModels(answer: ProbeAnswer | undefined): readonly ListedModel[] | undefined {
  return answer?.status === 200 ? modelListSchema.safeParse(answer.json).data?.data : undefined;
}

/** Whether the list names `owner` as owner of each model, and has one. */
export function allOwnedBy(models: readonly ListedModel[] | undefined, owner: string): boolean {
  return models !== undefined && models.length > 0 && models.every((model) => model.owned_by === owner);
}

/** The models of `/v1/models`, all in the one state that the kind's list implies. */
export async function readModels(
  client: ServerClient,
  loaded: boolean | undefined,
  signal: AbortSignal,
): Promise<readonly ServedModel[]> {
  const list = await client.get('/v1/models', modelListSchema, signal);
  return list.data.map(({ id }) => ({ id, loaded }));
}

/** `max_model_len` of a model, or of the base that an adapter (LoRA) is listed under, in tokens. */
export async function maxModelLength(
  client: ServerClient,
  model: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const list = await client.find('/v1/models', modelListSchema, signal);
  const lengthOf = (id: string | null | undefined) => list?.data.find((listed) => listed.id === id);
  const listed = lengthOf(model);
  return knownLength(listed?.max_model_len ?? lengthOf(listed?.parent)?.max_model_len);
}

/** Servers write 0 where they do not know a length; what is no whole number is no length either. */
export function knownLength(tokens: number | null | undefined): number | undefined {
  return typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined;
}

/** What a kind adds to the OpenAI routes; what it leaves out is unknown. */
export interface ServerTraits {
  readonly models: (signal: AbortSignal) => Promise<readonly ServedModel[]>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it is asked in words of its own instead of OpenAI's. */
  readonly chat?: ChatProtocol;
  readonly contextLength?: InferenceServer['contextLength'];
  readonly busy?: (signal: AbortSignal) => Promise<BusyState>;
  readonly busyKeepsAwake?: true;
  readonly requestExtras?: InferenceServer['requestExtras'];
  readonly tellsProbabilities?: true;
  readonly ownTimings?: (events: readonly unknown[]) => OwnTimings | undefined;
  readonly gpuRatio?: NonNullable<InferenceServer['gpuRatio']>;
  readonly openSession?: NonNullable<InferenceServer['openSession']>;
  readonly layerCount?: (model: string, signal: AbortSignal) => Promise<number | undefined>;
  readonly modelFile?: NonNullable<InferenceServer['modelFile']>;
  readonly slots?: NonNullable<InferenceServer['slots']>;
  readonly countTokens?: (text: string, model: string, signal: AbortSignal) => Promise<number>;
}

/** A server of its identity, with its kind's traits. */
export function openAiServer(identity: ServerIdentity, client: ServerClient, traits: ServerTraits): InferenceServer {
  return {
    kind: identity.kind,
    name: identity.name,
    version: identity.version,
    apiBase: identity.apiBase,
    tls: identity.tls,
    headers: { ...client.headers, ...traits.headers },
    chat: traits.chat ?? openAiChat,
    models: traits.models,
    contextLength: traits.contextLength ?? (async () => undefined),
    busy: traits.busy ?? (async () => ({ state: 'unknown' })),
    busyKeepsAwake: traits.busyKeepsAwake,
    requestExtras: traits.requestExtras ?? (() => ({})),
    tellsProbabilities: traits.tellsProbabilities,
    ownTimings: traits.ownTimings ?? (() => undefined),
    gpuRatio: traits.gpuRatio,
    openSession: traits.openSession,
    layerCount: traits.layerCount,
    modelFile: traits.modelFile,
    slots: traits.slots,
    countTokens: traits.countTokens,
  };
}

/** Idle or busy by a number of requests; `unknown` where the number is. */
export function busyByCount(requests: number | undefined): BusyState {
  if (requests === undefined) return { state: 'unknown' };
  if (requests <= 0) return { state: 'idle' };
  return { state: 'busy', detail: requests === 1 ? '1 request in progress' : `${requests} requests in progress` };
}
