/**
 * llamafile 0.9 with its own server. Older and newer ones answer as llama.cpp's server does, and are taken for it.
 * Sources: Mozilla-Ocho/llamafile llamafile/server (v1_models.cpp, v1_chat_completions.cpp, doc/tokenize.md).
 */
import * as z from 'zod';
import type { InferenceServer } from '../../benchmark/inference-server.js';
import type { Probe } from '../probe.js';
import { createServerClient } from '../server-client.js';
import type { Identification, ServerFamily, ServerIdentity } from '../server-family.js';
import { tokenListSchema } from '../token-count.js';
import { allOwnedBy, listedModels, openAiServer, readModels } from './openai-compatible.js';

const tokensSchema = z.object({ tokens: tokenListSchema });

async function identify(probe: Probe): Promise<Identification | undefined> {
  const models = listedModels(await probe.get('/v1/models'));
  return allOwnedBy(models, 'llamafile') ? { name: 'llamafile', version: undefined } : undefined;
}

function connect(identity: ServerIdentity): InferenceServer {
  const client = createServerClient(identity);
  return openAiServer(identity, client, {
    models: (signal) => readModels(client, true, signal),
    countTokens: async (text, _model, signal) => {
      const body = { prompt: text, add_special: false, parse_special: false };
      return (await client.post('/tokenize', body, tokensSchema, signal)).tokens.length;
    },
  });
}

export const llamafile: ServerFamily = { kind: 'llamafile', ports: [8080], identify, connect };
