/**
 * vLLM. Sources: vllm-project/vllm vllm/entrypoints (models, tokenize, chat completion protocol), docs "Production
 * Metrics".
 */

import * as z from 'zod';
import type { BusyState, InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { sumOfMetric } from '../prometheus-text.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { tokenCountSchema } from '../token-count.js';
import { isVllmSleeping, vllmLoader } from './loaders/vllm-loader.js';
import {
  allOwnedBy,
  busyByCount,
  listedModels,
  maxModelLength,
  openAiServer,
  readModels,
} from './openai-compatible.js';

const versionSchema = z.object({ version: z.string() });
const loadSchema = z.object({ server_load: z.number() });
const countSchema = z.object({ count: tokenCountSchema });

async function identify(probe: Probe): Promise<Identification | undefined> {
  const models = await probe.get('/v1/models');
  if (allOwnedBy(listedModels(models), 'vllm')) return identification(probe);
  // An API key closes /v1 alone. Asked only then: /metrics is not for everybody to scrape.
  if (models?.status !== 401) return undefined;
  const found = await identification(probe);
  if (found.version === undefined) return undefined;
  return (await probe.get('/metrics'))?.text.includes('vllm:') ? found : undefined;
}

async function identification(probe: Probe): Promise<Identification> {
  const version = versionSchema.safeParse((await probe.get('/version'))?.json).data?.version;
  return { name: 'vLLM', version };
}

async function busy(client: ServerClient, signal: AbortSignal): Promise<BusyState> {
  const metrics = (await client.findText('/metrics', signal)) ?? '';
  const running = sumOfMetric(metrics, 'vllm:num_requests_running');
  if (running !== undefined) return busyByCount(running + (sumOfMetric(metrics, 'vllm:num_requests_waiting') ?? 0));
  // Without --enable-server-load-tracking /load is always 0, so that only a load proves something.
  const load = (await client.find('/load', loadSchema, signal))?.server_load ?? 0;
  return load > 0 ? busyByCount(load) : { state: 'unknown' };
}

/** Tokens of `text` by vLLM's `/tokenize`, special tokens left out. */
export async function countVllmTokens(
  client: ServerClient,
  text: string,
  model: string,
  signal: AbortSignal,
): Promise<number> {
  const body = { model, prompt: text, add_special_tokens: false };
  return (await client.post('/tokenize', body, countSchema, signal)).count;
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: async (signal) => {
      const [models, isAsleep] = await Promise.all([readModels(client, true, signal), isVllmSleeping(client, signal)]);
      return isAsleep === true ? models.map(({ id }) => ({ id, loaded: false, asleep: true })) : models;
    },
    contextLength: (model, signal) => maxModelLength(client, model, signal),
    busy: (signal) => busy(client, signal),
    requestExtras: ({ maxTokens, nonce }) => ({ cache_salt: nonce, min_tokens: maxTokens, ignore_eos: true }),
    countTokens: (text, model, signal) => countVllmTokens(client, text, model, signal),
  });
}

export const vllm: ServerFamily = {
  kind: 'vllm',
  ports: [8000],
  identify,
  connect,
  loader: (identity, { signal }) => vllmLoader(identity, signal),
};
