/**
 * Jan's local API server: a proxy before the llama.cpp and MLX sessions it runs, and before hosted models.
 * Sources: janhq/jan src-tauri/src/core/server/proxy.rs, src-tauri/static/openapi.json.
 */
import * as z from 'zod';
import type { InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { llamaExtras, llamaTimings } from './llama-timings.js';
import { modelListSchema, openAiServer } from './openai-compatible.js';

const openApiSchema = z.object({ info: z.object({ title: z.string().startsWith('Jan API') }) });

async function identify(probe: Probe): Promise<Identification | undefined> {
  // The page and its OpenAPI document are open without a key. Other servers build theirs at great cost when first
  // asked, so it is asked for only where the page looks like Jan's.
  const page = await probe.get('/');
  if (!page?.text.includes('SwaggerUIBundle') || !page.text.includes('/openapi.json')) return undefined;
  const document = await probe.get('/openapi.json');
  return openApiSchema.safeParse(document?.json).success ? { name: 'Jan', version: undefined } : undefined;
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    // The list holds running sessions, and hosted models, which would measure somebody else's machine.
    models: async (signal) => {
      const { data } = await client.get('/v1/models', modelListSchema, signal);
      return data.filter((model) => model.owned_by !== 'remote').map(({ id }) => ({ id, loaded: true }));
    },
    requestExtras: llamaExtras,
    ownTimings: llamaTimings,
  });
}

export const jan: ServerFamily = { kind: 'jan', ports: [1337], identify, connect };
