/**
 * vLLM's sleep mode: the weights leave the GPU for the machine's memory and come back. Only with `--enable-sleep-mode` and
 * VLLM_SERVER_DEV_MODE=1. Source: vllm-project/vllm docs "Sleep Mode" (/sleep, /wake_up, /is_sleeping).
 */
import * as z from 'zod';
import { accepted, type ModelLoader, patientClient } from '../../model-loader.js';
import type { ServerAccess, ServerClient } from '../../server-client.js';
import { modelListSchema } from '../openai-compatible.js';

const sleepingSchema = z.object({ is_sleeping: z.boolean() });

/** `undefined` where it has no such mode. */
export async function isVllmSleeping(client: ServerClient, signal: AbortSignal): Promise<boolean | undefined> {
  return (await client.find('/is_sleeping', sleepingSchema, signal))?.is_sleeping;
}

/** `undefined` where the server was not started with the mode. */
export async function vllmLoader(access: ServerAccess, signal: AbortSignal): Promise<ModelLoader | undefined> {
  const client = patientClient(access);
  if ((await isVllmSleeping(client, signal)) === undefined) return undefined;
  const tell = async (path: string, within: AbortSignal) => accepted(access, path, await client.ask(path, {}, within));
  // What it was put away with is not told; with level 1 waking it needs nothing but the server.
  const sleep = (_id: string, within: AbortSignal) => tell('/sleep?level=1', within);
  return {
    canUnload: true,
    resident: async (within) => {
      const [{ data }, isAsleep] = await Promise.all([
        client.get('/v1/models', modelListSchema, within),
        isVllmSleeping(client, within),
      ]);
      return data.map(({ id }) => (isAsleep === true ? { id, asleep: true } : { id }));
    },
    load: async (_model, within) => {
      if ((await isVllmSleeping(client, within)) === true) await tell('/wake_up', within);
    },
    unload: sleep,
    sleep,
  };
}
