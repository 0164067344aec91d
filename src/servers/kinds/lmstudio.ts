/**
 * LM Studio. It answers unknown paths with status 200 and an error object, so only shapes count.
 * Sources: https://lmstudio.ai/docs/api (REST API v1 since 0.4, v0 since 0.3.6).
 */

import * as z from 'zod';
import type { InferenceServer, OwnTimings, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { decodeSpeed, lastEvent, plainFields } from '../stream-events.js';
import { tokenCountSchema } from '../token-count.js';
import { lmstudioLoader } from './loaders/lmstudio-loader.js';
import { knownLength, openAiServer } from './openai-compatible.js';

const instanceSchema = z.object({
  id: z.string(),
  config: z.object({ context_length: z.number().optional() }).optional(),
});
const v1Schema = z.object({
  models: z.array(z.object({ type: z.string(), key: z.string(), loaded_instances: z.array(instanceSchema) })),
});

const v0Schema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      state: z.string(),
      /** Since 0.3.15, and only of loaded models. */
      loaded_context_length: z.number().optional(),
    }),
  ),
});

const statsEventSchema = z.object({
  stats: z.looseObject({ generation_time: z.number() }),
  usage: z.object({ completion_tokens: tokenCountSchema }).optional(),
});

interface KnownModel extends ServedModel {
  readonly contextLength: number | undefined;
}

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [v1, v0] = await Promise.all([probe.get('/api/v1/models'), probe.get('/api/v0/models')]);
  const known = v1Schema.safeParse(v1?.json).success || v0Schema.safeParse(v0?.json).success;
  return known ? { name: 'LM Studio', version: undefined } : undefined;
}

/** A loaded model is addressed by its instance, so that no second one is loaded beside it. */
function fromV1({ models }: z.infer<typeof v1Schema>): KnownModel[] {
  return models
    .filter((model) => model.type !== 'embedding')
    .flatMap((model): KnownModel[] => {
      if (model.loaded_instances.length === 0) return [{ id: model.key, loaded: false, contextLength: undefined }];
      return model.loaded_instances.map(({ id, config }) => ({
        id,
        loaded: true,
        contextLength: knownLength(config?.context_length),
      }));
    });
}

function fromV0({ data }: z.infer<typeof v0Schema>): KnownModel[] {
  return data
    .filter((model) => model.type !== 'embeddings')
    .map((model) => ({
      id: model.id,
      loaded: model.state === 'loaded',
      contextLength: knownLength(model.loaded_context_length),
    }));
}

async function knownModels(client: ServerClient, signal: AbortSignal): Promise<KnownModel[]> {
  const v1 = await client.find('/api/v1/models', v1Schema, signal);
  return v1 === undefined ? fromV0(await client.get('/api/v0/models', v0Schema, signal)) : fromV1(v1);
}

function ownTimings(events: readonly unknown[]): OwnTimings | undefined {
  const event = lastEvent(events, statsEventSchema);
  if (event === undefined) return undefined;
  const tokens = event.usage?.completion_tokens;
  return {
    raw: plainFields(event.stats),
    completionTokens: tokens,
    decodeTps: decodeSpeed(tokens, event.stats.generation_time),
  };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: async (signal) => (await knownModels(client, signal)).map(({ id, loaded }) => ({ id, loaded })),
    contextLength: async (model, signal) =>
      (await knownModels(client, signal)).find(({ id }) => id === model)?.contextLength,
    ownTimings,
  });
}

export const lmstudio: ServerFamily = {
  kind: 'lmstudio',
  ports: [1234],
  identify,
  connect,
  loader: (identity, { signal }) => lmstudioLoader(identity, signal),
};
