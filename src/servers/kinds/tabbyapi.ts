/** TabbyAPI. Source: theroyallab/tabbyAPI endpoints/core/router.py, endpoints/OAI/types/common.py, common/sampling.py. */

import * as z from 'zod';
import type { InferenceServer, OwnTimings, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { decodeSpeed, lastEvent, plainFields } from '../stream-events.js';
import { tokenCountSchema } from '../token-count.js';
import { tabbyapiLoader } from './loaders/tabbyapi-loader.js';
import { knownLength, modelListSchema, openAiServer } from './openai-compatible.js';

// KoboldCpp and others answer the same path with another name.
const serviceSchema = z.object({ software: z.object({ name: z.literal('TabbyAPI') }) });

const currentSchema = z.object({
  id: z.string(),
  parameters: z.object({ max_seq_len: z.number().nullish() }).nullish(),
});

const lengthSchema = z.object({ length: tokenCountSchema });

const usageEventSchema = z.object({
  usage: z.looseObject({
    completion_tokens: tokenCountSchema,
    /** In seconds, rounded to hundredths; the speeds beside it can be the word "Indeterminate". */
    completion_time: z.number(),
  }),
});

// Hundredths of a second are within 1 % from here on.
const MIN_TRUSTED_SECONDS = 0.5;

async function identify(probe: Probe): Promise<Identification | undefined> {
  const service = await probe.get('/.well-known/serviceinfo');
  return serviceSchema.safeParse(service?.json).success ? { name: 'TabbyAPI', version: undefined } : undefined;
}

/** An admin key sees the whole model folder, any other only what is loaded. */
async function models(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [list, current] = await Promise.all([
    client.get('/v1/models', modelListSchema, signal),
    client.find('/v1/model', currentSchema, signal),
  ]);
  const others = list.data.filter(({ id }) => id !== current?.id).map(({ id }) => ({ id, loaded: false }));
  return current === undefined ? others : [{ id: current.id, loaded: true }, ...others];
}

function ownTimings(events: readonly unknown[]): OwnTimings | undefined {
  const usage = lastEvent(events, usageEventSchema)?.usage;
  if (usage === undefined) return undefined;
  const seconds = usage.completion_time < MIN_TRUSTED_SECONDS ? undefined : usage.completion_time;
  return {
    raw: plainFields(usage),
    completionTokens: usage.completion_tokens,
    decodeTps: decodeSpeed(usage.completion_tokens, seconds),
  };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => models(client, signal),
    contextLength: async (model, signal) => {
      const current = await client.find('/v1/model', currentSchema, signal);
      return current?.id === model ? knownLength(current.parameters?.max_seq_len) : undefined;
    },
    requestExtras: ({ maxTokens }) => ({ min_tokens: maxTokens, ban_eos_token: true }),
    ownTimings,
    countTokens: async (text, _model, signal) =>
      (await client.post('/v1/token/encode', { text, add_bos_token: false }, lengthSchema, signal)).length,
  });
}

export const tabbyapi: ServerFamily = {
  kind: 'tabbyapi',
  ports: [5000],
  identify,
  connect,
  loader: async (identity) => tabbyapiLoader(identity),
};
