/**
 * llama-swap starts the server of a model for whatever is asked of it, and stops others for that as its configuration has
 * it. Source: mostlygeek/llama-swap internal/server/api.go (handleUpstream, handleRunning, handleUnload), apigroup.go.
 */
import * as z from 'zod';
import { accepted, loadFailed, type ModelLoader, patientClient, until } from '../../model-loader.js';
import type { ServerAccess } from '../../server-client.js';

/** States: stopped, starting, ready, stopping, shutdown. */
const runningSchema = z.object({ running: z.array(z.object({ model: z.string(), state: z.string() })) });

const inMemory: ReadonlySet<string> = new Set(['starting', 'ready']);

export function llamaSwapLoader(access: ServerAccess): ModelLoader {
  const client = patientClient(access);
  const running = async (signal: AbortSignal) => (await client.get('/running', runningSchema, signal)).running;
  const isReady = async (id: string, signal: AbortSignal) =>
    (await running(signal)).some(({ model, state }) => model === id && state === 'ready');
  const isGone = async (id: string, signal: AbortSignal) => !(await running(signal)).some(({ model }) => model === id);
  return {
    canUnload: true,
    resident: async (signal) =>
      (await running(signal)).filter(({ state }) => inMemory.has(state)).map(({ model: id }) => ({ id })),
    load: async ({ id }, signal) => {
      if (await isReady(id, signal)) return;
      // Answered once the model's server is up, with whatever that one says: not every server knows the path.
      await client.findText(`/upstream/${inPath(id)}/health`, signal);
      if (await isReady(id, signal)) return;
      // Its configuration may keep that path from starting anything.
      const body = { model: id, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1 };
      accepted(access, '/v1/chat/completions', await client.ask('/v1/chat/completions', body, signal));
      if (!(await isReady(id, signal))) throw loadFailed(access, `it answered for ${id} without running it`);
    },
    unload: async (id, signal) => {
      if (await isGone(id, signal)) return;
      const path = `/api/models/unload/${inPath(id)}`;
      const answer = await client.ask(path, {}, signal);
      const others = (await running(signal)).filter(({ model }) => model !== id);
      // Older versions know only how to stop all at once.
      if (answer.status === 404 && others.length === 0) await client.findText('/unload', signal);
      else accepted(access, path, answer);
      await until(() => isGone(id, signal), signal);
    },
  };
}

/** A name's slashes are the path's. */
function inPath(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}
