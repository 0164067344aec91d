/** LocalAI. Sources: mudler/LocalAI core/http/routes/localai.go, core/schema/localai.go, core/schema/openai.go. */

import * as z from 'zod';
import type { InferenceServer, OwnTimings, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { decodeSpeed, lastEvent, plainFields } from '../stream-events.js';
import { tokenCountSchema, tokenListSchema } from '../token-count.js';
import { localaiLoader } from './loaders/localai-loader.js';
import { modelListSchema, openAiServer } from './openai-compatible.js';

const discoverySchema = z.object({ version: z.string(), endpoints: z.record(z.string(), z.unknown()) });
const systemSchema = z.object({
  backends: z.array(z.string()).nullable(),
  loaded_models: z.array(z.object({ id: z.string() })).nullable(),
});
const versionSchema = z.object({ version: z.string() });
const tokensSchema = z.object({ tokens: tokenListSchema });

const usageEventSchema = z.object({
  usage: z.looseObject({
    completion_tokens: tokenCountSchema,
    /** In milliseconds; there only with the header `Extra-Usage`. */
    timing_token_generation: z.number(),
  }),
});

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [discovery, system] = await Promise.all([probe.get('/.well-known/localai.json'), probe.get('/system')]);
  const found = discoverySchema.safeParse(discovery?.json).data;
  if (found !== undefined) return { name: 'LocalAI', version: plainVersion(found.version) };
  // Before the discovery document there was the list of backends.
  if (!systemSchema.safeParse(system?.json).success) return undefined;
  const version = versionSchema.safeParse((await probe.get('/version'))?.json).data?.version;
  return { name: 'LocalAI', version: version && plainVersion(version) };
}

/** Without the commit that follows in parentheses. */
function plainVersion(printable: string): string {
  return printable.replace(/\s*\(.*$/, '');
}

async function models(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const [list, system] = await Promise.all([
    client.get('/v1/models', modelListSchema, signal),
    client.find('/system', systemSchema, signal),
  ]);
  // Where users log in, /system is for administrators.
  const loaded = system && new Set((system.loaded_models ?? []).map(({ id }) => id));
  return list.data.map(({ id }) => ({ id, loaded: loaded?.has(id) }));
}

function ownTimings(events: readonly unknown[]): OwnTimings | undefined {
  const usage = lastEvent(events, usageEventSchema)?.usage;
  if (usage === undefined) return undefined;
  // Some of its versions report 0 tokens for a stream.
  const tokens = usage.completion_tokens > 0 ? usage.completion_tokens : undefined;
  return {
    raw: plainFields(usage),
    completionTokens: tokens,
    decodeTps: decodeSpeed(tokens, usage.timing_token_generation / 1000),
  };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    headers: { 'extra-usage': 'true' },
    models: (signal) => models(client, signal),
    requestExtras: () => ({ ignore_eos: true }),
    ownTimings,
    countTokens: async (text, model, signal) =>
      (await client.post('/v1/tokenize', { model, content: text }, tokensSchema, signal)).tokens.length,
  });
}

export const localai: ServerFamily = {
  kind: 'localai',
  ports: [8080],
  identify,
  connect,
  loader: (identity, { signal }) => localaiLoader(identity, signal),
};
