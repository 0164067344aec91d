/**
 * TabbyAPI, one model at a time; both need its admin key. Source: theroyallab/tabbyAPI endpoints/core/router.py
 * (load_model, unload_model), endpoints/core/utils/model.py (stream_model_load).
 */
import * as z from 'zod';
import { parsedJson } from '../../../benchmark/json-text.js';
import { accepted, loadFailed, type ModelLoader, patientClient } from '../../model-loader.js';
import type { ServerAccess } from '../../server-client.js';
import { quoted } from '../../server-error.js';
import { knownLength } from '../openai-compatible.js';

const currentSchema = z.object({
  id: z.string(),
  parameters: z.object({ max_seq_len: z.number().nullish() }).nullish(),
});

const failureSchema = z.object({ error: z.object({ message: z.string() }) });

const PATHS = { load: '/v1/model/load', unload: '/v1/model/unload' };

export function tabbyapiLoader(access: ServerAccess): ModelLoader {
  const client = patientClient(access);
  const current = (signal: AbortSignal) => client.find('/v1/model', currentSchema, signal);
  return {
    canUnload: true,
    resident: async (signal) => {
      const loaded = await current(signal);
      return loaded === undefined
        ? []
        : [{ id: loaded.id, contextLength: knownLength(loaded.parameters?.max_seq_len) }];
    },
    load: async ({ id, contextLength }, signal) => {
      if ((await current(signal))?.id === id) return;
      const length = contextLength === undefined ? {} : { max_seq_len: contextLength };
      // Tells its progress as a stream, with status 200 also where it fails.
      const answer = await client.ask(PATHS.load, { model_name: id, ...length }, signal);
      accepted(access, PATHS.load, answer);
      for (const line of answer.text.split('\n')) {
        const failure = failureSchema.safeParse(parsedJson(line.replace(/^data:\s*/, ''))).data;
        if (failure !== undefined) throw loadFailed(access, `${PATHS.load} said: ${quoted(failure.error.message)}`);
      }
      if ((await current(signal))?.id !== id) throw loadFailed(access, `${PATHS.load} ended without ${id} loaded`);
    },
    unload: async (id, signal) => {
      if ((await current(signal))?.id !== id) return;
      accepted(access, PATHS.unload, await client.ask(PATHS.unload, {}, signal));
    },
  };
}
