/**
 * llama-server as a router over several models, each a process of its own; and one that sleeps, which any request wakes.
 * Sources: ggml-org/llama.cpp tools/server/README.md ("Using multiple models"), and what build b9310 and later answer.
 */
import * as z from 'zod';
import {
  accepted,
  loadFailed,
  type ModelLoader,
  patientClient,
  type ResidentModel,
  until,
} from '../../model-loader.js';
import type { ServerAccess, ServerClient } from '../../server-client.js';

const statusSchema = z.object({
  value: z.string(),
  /** Its process ended by itself, and with what. */
  failed: z.boolean().optional(),
  exit_code: z.number().optional(),
});
const listSchema = z.object({ data: z.array(z.object({ id: z.string(), status: statusSchema.optional() })) });

type Listed = z.infer<typeof listSchema>['data'][number];

const inMemory: ReadonlySet<string> = new Set(['loaded', 'loading', 'sleeping']);

/** `isRouter`: whether its list says of each model how it stands. */
export function llamaServerLoader(access: ServerAccess, isRouter: boolean): ModelLoader {
  const client = patientClient(access);
  return isRouter ? routerLoader(access, client) : sleeperLoader(access, client);
}

function routerLoader(access: ServerAccess, client: ServerClient): ModelLoader {
  const list = async (signal: AbortSignal) => (await client.get('/v1/models', listSchema, signal)).data;
  const statusOf = async (id: string, signal: AbortSignal) =>
    (await list(signal)).find((model) => model.id === id)?.status;
  return {
    canUnload: true,
    resident: async (signal) => (await list(signal)).flatMap(residentOf),
    load: async ({ id }, signal) => {
      const before = await statusOf(id, signal);
      if (before?.value === 'sleeping') return wake(access, client, { id, signal });
      if (before?.value === 'unloaded') {
        accepted(access, '/models/load', await client.ask('/models/load', { model: id }, signal));
      }
      await until(async () => {
        const status = await statusOf(id, signal);
        if (status?.value === 'loading') return false;
        if (status?.value === 'loaded') return true;
        const end = status?.exit_code === undefined ? '' : ` with exit code ${status.exit_code}`;
        throw loadFailed(access, `its process for ${id} ended${end} before it was ready; its log says why`);
      }, signal);
    },
    unload: async (id, signal) => {
      if (!inMemory.has((await statusOf(id, signal))?.value ?? '')) return;
      accepted(access, '/models/unload', await client.ask('/models/unload', { model: id }, signal));
      await until(async () => !inMemory.has((await statusOf(id, signal))?.value ?? ''), signal);
    },
  };
}

function residentOf({ id, status }: Listed): ResidentModel[] {
  if (status === undefined || !inMemory.has(status.value)) return [];
  return [status.value === 'sleeping' ? { id, asleep: true } : { id }];
}

const propsSchema = z.object({ is_sleeping: z.boolean().optional() });

/** One model, which cannot be put away: it sleeps again by itself. */
function sleeperLoader(access: ServerAccess, client: ServerClient): ModelLoader {
  return {
    canUnload: false,
    resident: async (signal) => {
      const [{ data }, props] = await Promise.all([
        client.get('/v1/models', listSchema, signal),
        client.find('/props', propsSchema, signal),
      ]);
      return data.map(({ id }) => (props?.is_sleeping === true ? { id, asleep: true } : { id }));
    },
    load: ({ id }, signal) => wake(access, client, { id, signal }),
    unload: async () => {
      throw loadFailed(access, 'a llama-server that is no router keeps its model');
    },
  };
}

interface Waking {
  readonly id: string;
  readonly signal: AbortSignal;
}

/** There is no question for that alone. */
async function wake(access: ServerAccess, client: ServerClient, { id, signal }: Waking): Promise<void> {
  const path = '/v1/chat/completions';
  const body = { model: id, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 1, cache_prompt: false };
  accepted(access, path, await client.ask(path, body, signal));
}
