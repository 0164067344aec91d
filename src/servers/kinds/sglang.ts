/**
 * SGLang. Its `/health` runs an inference when it is idle, so it is never asked here.
 * Sources: sgl-project/sglang python/sglang/srt/entrypoints/http_server.py, openai/protocol.py,
 * managers/schedule_batch.py.
 */

import * as z from 'zod';
import type { BusyState, InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe, ProbeAnswer } from '../probe.js';
import { sumOfMetric } from '../prometheus-text.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { busyByCount, maxModelLength, openAiServer, readModels } from './openai-compatible.js';
import { countVllmTokens } from './vllm.js';

const modelInfoSchema = z.object({ model_path: z.string(), is_generation: z.boolean() });
const versionSchema = z.object({ version: z.string() });
/** `num_reqs` counts the waiting ones as well. One entry a data-parallel rank. */
const loadSchema = z.array(z.object({ num_reqs: z.number() }));

function isModelInfo(answer: ProbeAnswer | undefined): boolean {
  return modelInfoSchema.safeParse(answer?.json).success;
}

async function identify(probe: Probe): Promise<Identification | undefined> {
  const [older, newer] = await Promise.all([probe.get('/get_model_info'), probe.get('/model_info')]);
  if (!isModelInfo(older) && !isModelInfo(newer)) return undefined;
  const info = await probe.get(isModelInfo(newer) ? '/server_info' : '/get_server_info');
  return { name: 'SGLang', version: versionSchema.safeParse(info?.json).data?.version };
}

async function busy(client: ServerClient, signal: AbortSignal): Promise<BusyState> {
  const load = await client.find('/get_load', loadSchema, signal);
  if (load !== undefined) return busyByCount(load.reduce((sum, rank) => sum + rank.num_reqs, 0));
  // Only with --enable-metrics.
  const metrics = (await client.findText('/metrics', signal)) ?? '';
  const running = sumOfMetric(metrics, 'sglang:num_running_reqs');
  if (running === undefined) return { state: 'unknown' };
  return busyByCount(running + (sumOfMetric(metrics, 'sglang:num_queue_reqs') ?? 0));
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => readModels(client, true, signal),
    contextLength: (model, signal) => maxModelLength(client, model, signal),
    busy: (signal) => busy(client, signal),
    // `ignore_eos` alone forces the length; `min_tokens` would add a penalizer to every step that is measured.
    requestExtras: ({ nonce }) => ({ cache_salt: nonce, ignore_eos: true }),
    countTokens: (text, model, signal) => countVllmTokens(client, text, model, signal),
  });
}

export const sglang: ServerFamily = { kind: 'sglang', ports: [30000], identify, connect };
