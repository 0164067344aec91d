/** KoboldCpp. Source: LostRuins/koboldcpp koboldcpp.py. */

import * as z from 'zod';
import type { InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import { ServerError } from '../server-error.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { tokenCountSchema } from '../token-count.js';
import { koboldcppLoader, loadableModels, loadedModel } from './loaders/koboldcpp-loader.js';
import { busyByCount, knownLength, openAiServer } from './openai-compatible.js';

const versionSchema = z.object({ result: z.literal('KoboldCpp'), version: z.string() });
const valueSchema = z.object({ value: tokenCountSchema });
/** `idle` is 0 or 1; `queue` counts who waits. */
const perfSchema = z.object({ idle: z.number(), queue: z.number() });

async function identify(probe: Probe): Promise<Identification | undefined> {
  const answer = versionSchema.safeParse((await probe.get('/api/extra/version'))?.json).data;
  return answer && { name: 'KoboldCpp', version: answer.version };
}

async function countTokens(client: ServerClient, text: string, signal: AbortSignal): Promise<number> {
  const { value } = await client.post('/api/extra/tokencount', { prompt: text, special: false }, valueSchema, signal);
  // Older versions answer 0 to texts of 50,000 tokens and more.
  if (value > 0 || text === '') return value;
  throw new ServerError('bad_response', `KoboldCpp counted ${value} tokens in a text of ${text.length} characters.`);
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: async (signal) => {
      const [loaded, others] = await Promise.all([loadedModel(client, signal), loadableModels(client, signal)]);
      const unloaded = others.filter((id) => id !== loaded).map((id) => ({ id, loaded: false }));
      return loaded === undefined ? unloaded : [{ id: loaded, loaded: true }, ...unloaded];
    },
    contextLength: async (_model, signal) =>
      knownLength((await client.find('/api/extra/true_max_context_length', valueSchema, signal))?.value),
    busy: async (signal) => {
      const perf = await client.find('/api/extra/perf', perfSchema, signal);
      return busyByCount(perf && (perf.idle === 0 ? 1 : 0) + perf.queue);
    },
    requestExtras: () => ({ ban_eos_token: true }),
    countTokens: (text, _model, signal) => countTokens(client, text, signal),
  });
}

export const koboldcpp: ServerFamily = {
  kind: 'koboldcpp',
  ports: [5001],
  identify,
  connect,
  loader: (identity, { signal }) => koboldcppLoader(identity, signal),
};
