/** LM Studio since 0.4. Source: lmstudio-ai/docs 1_developer/2_rest (list.md, load.md, unload.md). */
import * as z from 'zod';
import { parsedJson } from '../../../benchmark/json-text.js';
import { accepted, loadFailed, type ModelLoader, patientClient, type ResidentModel } from '../../model-loader.js';
import type { ServerAccess } from '../../server-client.js';
import { quoted } from '../../server-error.js';
import { knownLength } from '../openai-compatible.js';

const instanceSchema = z.object({
  id: z.string(),
  config: z.object({ context_length: z.number().optional() }).optional(),
});
const listSchema = z.object({
  models: z.array(z.object({ key: z.string(), loaded_instances: z.array(instanceSchema) })),
});

const loadedSchema = z.object({ instance_id: z.string(), status: z.literal('loaded') });

/** `undefined` for a release that cannot be told to. */
export async function lmstudioLoader(access: ServerAccess, signal: AbortSignal): Promise<ModelLoader | undefined> {
  const client = patientClient(access);
  if ((await client.find('/api/v1/models', listSchema, signal)) === undefined) return undefined;
  const list = async (within: AbortSignal) => (await client.get('/api/v1/models', listSchema, within)).models;
  return {
    canUnload: true,
    resident: async (within) =>
      (await list(within)).flatMap(({ loaded_instances: instances }) =>
        instances.map(({ id, config }): ResidentModel => ({ id, contextLength: knownLength(config?.context_length) })),
      ),
    load: async ({ id, contextLength }, within) => {
      const models = await list(within);
      // Told again, it would load a second instance.
      if (models.some(({ loaded_instances: instances }) => instances.some((instance) => instance.id === id))) return;
      // A second instance is called `key:2`.
      const key = models.find((model) => model.key === id || id.startsWith(`${model.key}:`))?.key ?? id;
      const length = contextLength === undefined ? {} : { context_length: contextLength };
      const path = '/api/v1/models/load';
      const answer = await client.ask(path, { model: key, ...length }, within);
      accepted(access, path, answer);
      // What it does not know is answered with 200.
      if (!loadedSchema.safeParse(parsedJson(answer.text)).success) {
        throw loadFailed(access, `${path} answered: ${quoted(answer.text)}`);
      }
    },
    unload: async (id, within) => {
      const models = await list(within);
      if (!models.some(({ loaded_instances: instances }) => instances.some((instance) => instance.id === id))) return;
      const path = '/api/v1/models/unload';
      accepted(access, path, await client.ask(path, { instance_id: id }, within));
    },
  };
}
