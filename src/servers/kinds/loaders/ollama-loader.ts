/**
 * Ollama loads for a request without a prompt, and puts a model away for one with `keep_alive: 0`. Sources: ollama/ollama
 * docs/api.md ("Load a model", "Unload a model"), server/routes.go (GenerateHandler).
 */
import * as z from 'zod';
import {
  accepted,
  type LoaderMeans,
  type ModelLoader,
  patientClient,
  type ResidentModel,
  until,
} from '../../model-loader.js';
import type { ServerAccess } from '../../server-client.js';
import { knownLength } from '../openai-compatible.js';

const runningSchema = z.object({
  models: z.array(
    z.object({ name: z.string(), context_length: z.number().nullish(), expires_at: z.string().nullish() }),
  ),
});

type Running = z.infer<typeof runningSchema>['models'][number];

const PATH = '/api/generate';

/** A model that is to stay for ever expires in centuries. */
const FOREVER_MS = 10 * 365 * 24 * 3600 * 1000;

const FOR_EVER = -1;

/** Should nobody be left to unload what was loaded here, it goes by itself after so long. */
const OUR_STAY = '10m';

export function ollamaLoader(access: ServerAccess, now: LoaderMeans['now']): ModelLoader {
  const client = patientClient(access);
  const running = async (signal: AbortSignal) => (await client.get('/api/ps', runningSchema, signal)).models;
  const send = async (body: object, signal: AbortSignal) =>
    accepted(access, PATH, await client.ask(PATH, { ...body, stream: false }, signal));
  return {
    canUnload: true,
    resident: async (signal) => (await running(signal)).map((model) => residentOf(model, now())),
    load: async ({ id, contextLength, staysMs }, signal) => {
      const options = contextLength === undefined ? {} : { options: { num_ctx: contextLength } };
      await send({ model: id, keep_alive: keepAlive(staysMs), ...options }, signal);
    },
    unload: async (id, signal) => {
      if (!(await running(signal)).some(({ name }) => name === id)) return;
      await send({ model: id, keep_alive: 0 }, signal);
      await until(async () => !(await running(signal)).some(({ name }) => name === id), signal);
    },
  };
}

function residentOf({ name: id, context_length: length, expires_at: expiry }: Running, now: Date): ResidentModel {
  const leftMs = Date.parse(expiry ?? '') - now.getTime();
  return { id, contextLength: knownLength(length), staysMs: stayOf(leftMs) };
}

/** One that is just being loaded expires in the year 1. */
function stayOf(leftMs: number): number | undefined {
  if (Number.isNaN(leftMs) || leftMs <= 0) return undefined;
  return leftMs > FOREVER_MS ? FOR_EVER : Math.round(leftMs);
}

function keepAlive(staysMs: number | undefined): string | number {
  if (staysMs === undefined) return OUR_STAY;
  return staysMs < 0 ? -1 : `${staysMs}ms`;
}
