/**
 * LiteLLM's proxy: hands requests on to servers elsewhere, many of them paid for by the token, and answers for all of them
 * alike. Source: BerriAI/litellm litellm/proxy/health_endpoints/_health_endpoints.py (liveliness, readiness).
 */
import * as z from 'zod';
import type { InferenceServer } from '../../../benchmark/inference-server.js';
import type { Probe } from '../../probe.js';
import { createServerClient } from '../../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../../server-family.js';
import { openAiServer, readModels } from '../openai-compatible.js';

const aliveSchema = z.literal("I'm alive!");
const readinessSchema = z.object({ litellm_version: z.string() });

async function identify(probe: Probe): Promise<Identification | undefined> {
  // Open without a key, and asks nothing of the servers behind it, which /health does of each one.
  if (!aliveSchema.safeParse((await probe.get('/health/liveliness'))?.json).success) return undefined;
  const readiness = readinessSchema.safeParse((await probe.get('/health/readiness'))?.json).data;
  return { name: 'LiteLLM', version: readiness?.litellm_version };
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: async (signal) =>
      (await readModels(client, undefined, signal)).map((model) => ({ ...model, automatic: 'never' })),
  });
}

export const litellm: ServerFamily = { kind: 'litellm', ports: [4000], isElsewhere: true, identify, connect };
