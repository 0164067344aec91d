/**
 * A run's use of one model of Ollama. A request with other options than a model was loaded with makes the server load
 * it anew, and each request puts off the time at which it unloads the model by itself. So requests name the context that
 * the model has, and in the end the time is set back. Source: ollama/ollama server/sched.go (needsReload,
 * useLoadedRunner, processCompleted).
 */
import * as z from 'zod';
import { monotonicMs } from '../../../benchmark/clock.js';
import {
  type InferenceServer,
  LEAST_LOAD_S,
  type ModelReload,
  type ModelSession,
} from '../../../benchmark/inference-server.js';
import { parsedJson } from '../../../benchmark/json-text.js';
import type { ServerClient } from '../../server-client.js';
import { ollamaChat } from './ollama-chat.js';
import { OllamaExpiry } from './ollama-expiry.js';
import { type RunningModel, runningModel } from './ollama-models.js';

/** What both routes say at an answer's end. */
const endSchema = z.object({
  created_at: z.string(),
  /** In nanoseconds. */
  load_duration: z.number().optional().catch(undefined),
});

const LOADED_NS = LEAST_LOAD_S * 1e9;
// Where its size has changed as well, this is enough of a sign.
const PERHAPS_LOADED_NS = 1e8;

/** `undefined` where the model is not loaded any more. Rejects only with the signal's reason. */
export async function openOllamaSession(
  server: InferenceServer,
  client: ServerClient,
  model: string,
  signal: AbortSignal,
): Promise<ModelSession | undefined> {
  let found: RunningModel | undefined;
  let isNative: boolean;
  try {
    found = await runningModel(client, model, signal);
    // A release that does not tell the context could only be asked for its default one: so it is by OpenAI's route.
    isNative = found?.contextLength !== undefined && (await hasOwnChat(client, signal));
  } catch {
    signal.throwIfAborted();
    // It has gone: the first request will say so in the usual words.
    return new OllamaSession(server, client, { model, found: undefined, isNative: false });
  }
  return found && new OllamaSession(server, client, { model, found, isNative });
}

const refusalSchema = z.object({ error: z.string() });

// By which HTTP servers say that they have no such route.
const NO_SUCH_ROUTE = new Set([404, 405, 501]);

/**
 * Some imitate Ollama's lists and not its chat. Ollama itself refuses a question about no model before it looks at any,
 * in words of its own: 400 `{"error":"model is required"}`, in its first releases 404 with a model that is not found.
 */
async function hasOwnChat(client: ServerClient, signal: AbortSignal): Promise<boolean> {
  const { status, text } = await client.ask('/api/chat', {}, signal);
  return !NO_SUCH_ROUTE.has(status) || refusalSchema.safeParse(parsedJson(text)).success;
}

interface OpenedModel {
  readonly model: string;
  readonly found: RunningModel | undefined;
  /** Whether it is asked by Ollama's own route. */
  readonly isNative: boolean;
}

class OllamaSession implements ModelSession {
  readonly server: InferenceServer;
  readonly #client: ServerClient;
  readonly #model: string;
  readonly #expiry: OllamaExpiry;
  #seen: RunningModel | undefined;
  #longestLoadNs = 0;
  /** The server's clock less ours, from the last answer. */
  #aheadMs: number | undefined;

  constructor(server: InferenceServer, client: ServerClient, { model, found, isNative }: OpenedModel) {
    this.#client = client;
    this.#model = model;
    this.#seen = found;
    this.#expiry = new OllamaExpiry(found?.expiresAtMs);
    this.server = isNative ? { ...server, chat: this.#chat() } : server;
  }

  get contextLength(): number | undefined {
    return this.#seen?.contextLength;
  }

  async check(signal: AbortSignal): Promise<ModelReload | undefined> {
    const before = this.#seen;
    const now = await this.#look(signal);
    const tookNs = this.#longestLoadNs;
    this.#longestLoadNs = 0;
    if (before === undefined || now === undefined) return undefined;
    this.#seen = now;
    const { contextLength: contextBefore } = before;
    const { contextLength: contextAfter } = now;
    const hasOtherSize = before.size !== now.size || before.vramSize !== now.vramSize;
    const isReloaded = contextBefore !== contextAfter || tookNs >= (hasOtherSize ? PERHAPS_LOADED_NS : LOADED_NS);
    return isReloaded ? { contextBefore, contextAfter } : undefined;
  }

  async leave(signal: AbortSignal): Promise<void> {
    try {
      const now = await this.#look(signal);
      if (now === undefined) return;
      const leftMs = this.#expiry.leftMs(await this.#serverNowMs(now, signal));
      if (leftMs !== undefined) await this.#send({ keep_alive: leftMs === 0 ? 0 : `${leftMs}ms` }, now, signal);
    } catch {
      // The server has gone, and with it what could be put right.
    }
  }

  #chat() {
    const chat = ollamaChat(() => this.#seen?.contextLength);
    const reader: typeof chat.reader = () => {
      const read = chat.reader();
      return (event) => {
        const said = read(event);
        if (said.kind === 'chunk' && said.finishReason !== undefined) this.#ended(said.object, event.atMs);
        return said;
      };
    };
    return { ...chat, reader };
  }

  async #look(signal: AbortSignal): Promise<RunningModel | undefined> {
    try {
      const now = await runningModel(this.#client, this.#model, signal);
      if (now?.expiresAtMs !== undefined) this.#expiry.seen(now.expiresAtMs);
      return now;
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  async #serverNowMs(now: RunningModel, signal: AbortSignal): Promise<number> {
    if (this.#aheadMs === undefined) this.#ended(await this.#send({}, now, signal), monotonicMs());
    return monotonicMs() + (this.#aheadMs ?? 0);
  }

  /** Without a message nothing is generated: the model's session alone is touched. */
  async #send(fields: object, { contextLength }: RunningModel, signal: AbortSignal): Promise<unknown> {
    const options = contextLength === undefined ? {} : { options: { num_ctx: contextLength } };
    return this.#client.post('/api/generate', { model: this.#model, ...options, ...fields }, endSchema, signal);
  }

  #ended(object: unknown, atMs: number): void {
    const end = endSchema.safeParse(object).data;
    const endedAtMs = Date.parse(end?.created_at ?? '');
    if (end === undefined || Number.isNaN(endedAtMs)) return;
    this.#longestLoadNs = Math.max(this.#longestLoadNs, end.load_duration ?? 0);
    this.#aheadMs = endedAtMs - atMs;
    this.#expiry.requestEnded(endedAtMs);
  }
}
