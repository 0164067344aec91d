/**
 * Hugging Face's Text Generation Inference. Its `/health` may run an inference, so it is never asked here. Source:
 * huggingface/text-generation-inference router/src/lib.rs (Info), router/src/server.rs, backends/v3/src/queue.rs.
 */
import * as z from 'zod';
import type { BusyState, InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { sumOfMetric } from '../prometheus-text.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { tokenListSchema } from '../token-count.js';
import { busyByCount, knownLength, openAiServer, readModels } from './openai-compatible.js';

const infoSchema = z.object({
  model_id: z.string(),
  router: z.string().startsWith('text-generation-router'),
  version: z.string(),
  /** Prompt and answer together. */
  max_total_tokens: z.number(),
});

async function identify(probe: Probe): Promise<Identification | undefined> {
  const info = infoSchema.safeParse((await probe.get('/info'))?.json).data;
  return info && { name: 'Text Generation Inference', version: info.version };
}

async function busy(client: ServerClient, signal: AbortSignal): Promise<BusyState> {
  const metrics = (await client.findText('/metrics', signal)) ?? '';
  // Both appear with the first request.
  const running = sumOfMetric(metrics, 'tgi_batch_current_size');
  const waiting = sumOfMetric(metrics, 'tgi_queue_size');
  return busyByCount(running === undefined ? undefined : running + (waiting ?? 0));
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => readModels(client, true, signal),
    contextLength: async (_model, signal) =>
      knownLength((await client.find('/info', infoSchema, signal))?.max_total_tokens),
    busy: (signal) => busy(client, signal),
    countTokens: async (text, _model, signal) =>
      (await client.post('/tokenize', { inputs: text, parameters: {} }, tokenListSchema, signal)).length,
  });
}

export const tgi: ServerFamily = { kind: 'tgi', ports: [8080], identify, connect };
