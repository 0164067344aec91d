/**
 * vLLM's sleep mode: the weights leave the GPU for the machine's memory and come back. Only with `--enable-sleep-mode` and
 * VLLM_SERVER_DEV_MODE=1. Sources: vllm-project/vllm docs "Sleep Mode", vllm/entrypoints/serve/sleep/api_router.py (/sleep,
 * /wake_up, /is_sleeping), vllm/v1/metrics/loggers.py (`vllm:engine_sleep_state`).
 */
import * as z from 'zod';
import { accepted, loadFailed, type ModelLoader, patientClient, until } from '../../model-loader.js';
import { sumOfMetric } from '../../prometheus-text.js';
import type { ServerAccess, ServerClient } from '../../server-client.js';
import { modelListSchema } from '../openai-compatible.js';

// 1 for the state that it is in; not in older versions.
const SLEEP_STATE = 'vllm:engine_sleep_state';

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
  // Both may be answered before they are done.
  const isAsleep = async (within: AbortSignal) => (await isVllmSleeping(client, within)) === true;
  // What it was put away with is not told; with level 1 waking it needs nothing but the server. Without the mode, which
  // older versions do not know, it breaks off what others have asked.
  const sleep = async (_id: string, within: AbortSignal) => {
    // Of all that it serves, adapters too, there is one state.
    if (await isAsleep(within)) return;
    await tell('/sleep?level=1&mode=wait', within);
    await until(() => isAsleep(within), within);
  };
  return {
    canUnload: true,
    resident: async (within) => {
      const [{ data }, sleeps] = await Promise.all([
        client.get('/v1/models', modelListSchema, within),
        isAsleep(within),
      ]);
      return data.map(({ id }) => (sleeps ? { id, asleep: true } : { id }));
    },
    load: async ({ id }, within) => {
      if (!(await isAsleep(within))) return;
      const metrics = (await client.findText('/metrics', within)) ?? '';
      if ((sumOfMetric(metrics, SLEEP_STATE, 'sleep_state="discard_all"') ?? 0) > 0) {
        throw loadFailed(
          access,
          `${id} was put to sleep with level 2, so that its weights are gone until they are sent`,
        );
      }
      await tell('/wake_up', within);
      await until(async () => !(await isAsleep(within)), within);
    },
    unload: sleep,
    sleep,
  };
}
