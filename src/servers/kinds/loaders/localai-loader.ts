/**
 * LocalAI. Sources: mudler/LocalAI core/http/endpoints/localai/backend_load.go, backend_monitor.go, system.go, docs "Backend
 * Monitor" (/backend/load, /backend/shutdown, both for administrators).
 */
import * as z from 'zod';
import { accepted, type ModelLoader, patientClient, until } from '../../model-loader.js';
import type { ServerAccess } from '../../server-client.js';

const systemSchema = z.object({ loaded_models: z.array(z.object({ id: z.string() })).nullable() });

const CHAT = '/v1/chat/completions';

/** `undefined` where it does not tell what is in memory. */
export async function localaiLoader(access: ServerAccess, signal: AbortSignal): Promise<ModelLoader | undefined> {
  const client = patientClient(access);
  if ((await client.find('/system', systemSchema, signal)) === undefined) return undefined;
  const loaded = async (within: AbortSignal) => (await client.get('/system', systemSchema, within)).loaded_models ?? [];
  const isLoaded = async (id: string, within: AbortSignal) => (await loaded(within)).some((model) => model.id === id);
  return {
    canUnload: true,
    resident: async (within) => (await loaded(within)).map(({ id }) => ({ id })),
    load: async ({ id }, within) => {
      if (await isLoaded(id, within)) return;
      const answer = await client.ask('/backend/load', { model: id }, within);
      // Older versions load for a request alone.
      const body = { model: id, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1 };
      if (answer.status === 404 || answer.status === 405) accepted(access, CHAT, await client.ask(CHAT, body, within));
      else accepted(access, '/backend/load', answer);
    },
    unload: async (id, within) => {
      if (!(await isLoaded(id, within))) return;
      const answer = await client.ask('/backend/shutdown', { model: id }, within);
      // One that went by itself meanwhile is refused with 404, in older versions with 500.
      if (await isLoaded(id, within)) accepted(access, '/backend/shutdown', answer);
      await until(async () => !(await isLoaded(id, within)), within);
    },
  };
}
