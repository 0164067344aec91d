/** text-generation-webui ("oobabooga"). Source: oobabooga/text-generation-webui modules/api/script.py, typing.py. */

import * as z from 'zod';
import type { InferenceServer, ServedModel } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient, type ServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { tokenCountSchema } from '../token-count.js';
import { openAiServer } from './openai-compatible.js';

const infoSchema = z.object({ model_name: z.string(), lora_names: z.array(z.string()) });
const listSchema = z.object({ model_names: z.array(z.string()) });
const lengthSchema = z.object({ length: tokenCountSchema });

// What it answers while no model is loaded.
const NO_MODEL = 'None';

async function identify(probe: Probe): Promise<Identification | undefined> {
  const info = await probe.get('/v1/internal/model/info');
  if (!infoSchema.safeParse(info?.json).success) return undefined;
  return { name: 'text-generation-webui', version: undefined };
}

async function models(client: ServerClient, signal: AbortSignal): Promise<readonly ServedModel[]> {
  const { model_name: current } = await client.get('/v1/internal/model/info', infoSchema, signal);
  // The list wants the admin key where there is one.
  const list = await client.find('/v1/internal/model/list', listSchema, signal);
  const others = (list?.model_names ?? []).filter((name) => name !== current && name !== NO_MODEL);
  const loaded = current === NO_MODEL ? [] : [{ id: current, loaded: true }];
  return [...loaded, ...others.map((id) => ({ id, loaded: false }))];
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => models(client, signal),
    requestExtras: () => ({ ban_eos_token: true }),
    countTokens: async (text, _model, signal) =>
      (await client.post('/v1/internal/token-count', { text }, lengthSchema, signal)).length,
  });
}

export const textGenerationWebui: ServerFamily = { kind: 'text-generation-webui', ports: [5000], identify, connect };
