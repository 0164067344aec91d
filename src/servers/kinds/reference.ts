/** Typhon's own reference server: real llama.cpp with the reference model behind an OpenAI-compatible port. */
import * as z from 'zod';
import type { InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { countLlamaTokens } from './llama-cpp.js';
import { llamaExtras, llamaTimings } from './llama-timings.js';
import { busyByCount, knownLength, openAiServer } from './openai-compatible.js';

const PATH = '/v1/typhon/reference';

const referenceSchema = z.object({
  kind: z.literal('reference'),
  version: z.string(),
  model: z.string(),
  context_length: z.number(),
  requests_processing: z.number(),
  /** Absent in older versions. */
  device: z.string().optional(),
});

async function identify(probe: Probe): Promise<Identification | undefined> {
  const reference = referenceSchema.safeParse((await probe.get(PATH))?.json).data;
  if (reference === undefined) return undefined;
  const { device, version } = reference;
  return { name: `typhon reference server${device === undefined ? '' : ` (${device})`}`, version };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  const ask = (signal: AbortSignal) => client.get(PATH, referenceSchema, signal);
  return openAiServer(identity, client, {
    models: async (signal) => [{ id: (await ask(signal)).model, loaded: true }],
    contextLength: async (_model, signal) => knownLength((await ask(signal)).context_length),
    busy: async (signal) => busyByCount((await ask(signal)).requests_processing),
    requestExtras: llamaExtras,
    ownTimings: llamaTimings,
    countTokens: (text, model, signal) => countLlamaTokens(client, text, model, signal),
  });
}

export const reference: ServerFamily = { kind: 'reference', ports: [8099], identify, connect };
