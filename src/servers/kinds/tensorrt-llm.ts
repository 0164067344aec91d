/**
 * `trtllm-serve` of TensorRT-LLM. Its `/metrics` is a queue of statistics that reading empties, so it is never asked here.
 * Sources: NVIDIA/TensorRT-LLM tensorrt_llm/serve/openai_server.py, openai_protocol.py (ModelCard, ChatCompletionRequest).
 */
import * as z from 'zod';
import type { InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { allOwnedBy, listedModels, openAiServer, readModels } from './openai-compatible.js';

const versionSchema = z.object({ version: z.string() });

async function identify(probe: Probe): Promise<Identification | undefined> {
  if (!allOwnedBy(listedModels(await probe.get('/v1/models')), 'tensorrt_llm')) return undefined;
  const version = versionSchema.safeParse((await probe.get('/version'))?.json).data?.version;
  return { name: 'TensorRT-LLM', version };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => readModels(client, true, signal),
    // A field that it does not know is an error to it: this one is there since its first release.
    requestExtras: () => ({ ignore_eos: true }),
  });
}

export const tensorrtLlm: ServerFamily = { kind: 'tensorrt-llm', ports: [8000], identify, connect };
