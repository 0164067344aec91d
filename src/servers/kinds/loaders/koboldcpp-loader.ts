/**
 * KoboldCpp in admin mode (`--admin --admindir`): told to reload, it ends its worker and starts another, so that nothing
 * answers until the model is loaded. Where that one ends before it is ready, the manager starts the worker of its launch
 * again. Source: LostRuins/koboldcpp koboldcpp.py (`/api/admin/list_options`, `/api/admin/reload_config`, the manager's
 * loop in `main`), as of 1.87 to 1.113.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { parsedJson } from '../../../benchmark/json-text.js';
import { accepted, loadFailed, type ModelLoader, patientClient } from '../../model-loader.js';
import { type ServerAccess, type ServerClient, unauthorized } from '../../server-client.js';
import { quoted, ServerError } from '../../server-error.js';
import { tokenCountSchema } from '../../token-count.js';
import { knownLength } from '../openai-compatible.js';

const optionsSchema = z.array(z.string());
const modelSchema = z.object({ result: z.string() });
const lengthSchema = z.object({ value: tokenCountSchema });
/** 0 without admin mode, 2 where it wants a password. */
const adminSchema = z.object({ admin: z.number() });
const answerSchema = z.object({ success: z.boolean() });

// Options that are no files.
const INITIAL = 'initial_model';
const UNLOAD = 'unload_model';

// What it answers while no text model is loaded.
const NO_MODEL = 'inactive';

const RELOAD = '/api/admin/reload_config';
const ASK_AGAIN_MS = 250;
/** It answers before its manager, which looks five times a second and waits half of one, ends the worker. */
const RESTART_MS = 10_000;

/** The id under which the model of a file is served, by its name; of a configuration only where it is called as its model. */
function idOf(file: string): string {
  const name = file.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '');
  return `koboldcpp/${name.replace(/[^\p{L}\p{N}_.-]/gu, '')}`;
}

/** What it could load, by the ids under which it would be served; empty without admin mode or its password. */
export async function loadableModels(client: ServerClient, signal: AbortSignal): Promise<readonly string[]> {
  const options = (await client.find('/api/admin/list_options', optionsSchema, signal)) ?? [];
  return [...new Set(options.filter((option) => option !== INITIAL && option !== UNLOAD).map(idOf))];
}

/** The model in its memory; `undefined` where there is none. */
export async function loadedModel(client: ServerClient, signal: AbortSignal): Promise<string | undefined> {
  const { result } = await client.get('/api/v1/model', modelSchema, signal);
  return result === NO_MODEL ? undefined : result;
}

interface InMemory {
  readonly id: string | undefined;
  /** In tokens. */
  readonly contextLength: number | undefined;
}

/** `undefined` where it is not in admin mode, or too old to unload. Throws `unauthorized` where its password is missing. */
export async function koboldcppLoader(access: ServerAccess, signal: AbortSignal): Promise<ModelLoader | undefined> {
  const client = patientClient(access);
  const listed = async (within: AbortSignal) =>
    (await client.find('/api/admin/list_options', optionsSchema, within)) ?? [];
  if (!(await listed(signal)).includes(UNLOAD)) {
    const admin = (await client.find('/api/extra/version', adminSchema, signal))?.admin;
    if (admin === 2) throw unauthorized(access, 'the admin password that its models are changed with');
    return undefined;
  }
  const inMemory = async (within: AbortSignal): Promise<InMemory> => {
    const [id, length] = await Promise.all([
      loadedModel(client, within),
      client.find('/api/extra/true_max_context_length', lengthSchema, within),
    ]);
    return { id, contextLength: id === undefined ? undefined : knownLength(length?.value) };
  };
  const reload = async (filename: string, within: AbortSignal): Promise<InMemory> => {
    const before = await inMemory(within);
    const answer = await client.ask(RELOAD, { filename }, within);
    accepted(access, RELOAD, answer);
    if (answerSchema.safeParse(parsedJson(answer.text)).data?.success !== true)
      throw loadFailed(access, `${RELOAD} of ${filename} answered: ${quoted(answer.text)}`);
    return restarted(before, () => inMemory(within), within);
  };
  return {
    canUnload: true,
    resident: async (within) => {
      const { id, contextLength } = await inMemory(within);
      return id === undefined ? [] : [{ id, contextLength }];
    },
    load: async ({ id, contextLength }, within) => {
      const isThere = (now: InMemory) =>
        now.id === id && (contextLength === undefined || now.contextLength === contextLength);
      if (isThere(await inMemory(within))) return;
      const options = await listed(within);
      // What is put back comes as it was launched, with all its settings, before it comes by its file alone.
      const isPutBack = contextLength !== undefined && options.includes(INITIAL);
      const files = [...(isPutBack ? [INITIAL] : []), ...filesOf(id, options)];
      let met = `its admin folder has no file of ${id}`;
      for (const file of files) {
        const now = await reload(file, within);
        if (isThere(now)) return;
        met = `${file} did not bring ${memoryWords({ id, contextLength })}, but ${memoryWords(now)}; its log says why`;
      }
      throw loadFailed(access, met);
    },
    unload: async (id, within) => {
      if ((await inMemory(within)).id !== id) return;
      const options = await listed(within);
      if (!options.includes(INITIAL) && filesOf(id, options).length === 0) {
        throw loadFailed(access, `its admin folder has no file of ${id}, so that nothing would bring it back`);
      }
      const now = await reload(UNLOAD, within);
      if (now.id !== undefined) throw loadFailed(access, `after ${UNLOAD} it has ${memoryWords(now)}`);
    },
  };
}

/** A configuration before the bare file, which comes with the server's defaults. */
function filesOf(id: string, options: readonly string[]): readonly string[] {
  const meant = options.filter((option) => option !== INITIAL && option !== UNLOAD && idOf(option) === id);
  return meant.toSorted((a, b) => Number(a.endsWith('.gguf')) - Number(b.endsWith('.gguf'))).slice(0, 1);
}

/** Nothing answers for as long as the new worker loads; a proxy before it answers 502. */
async function restarted(before: InMemory, look: () => Promise<InMemory>, signal: AbortSignal): Promise<InMemory> {
  const changedBy = performance.now() + RESTART_MS;
  let wasDown = false;
  for (;;) {
    try {
      const now = await look();
      if (wasDown || now.id !== before.id || performance.now() >= changedBy) return now;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      wasDown = true;
    }
    // Its own rejection would be an AbortError that only wraps the reason.
    await delay(ASK_AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function memoryWords({ id, contextLength }: InMemory): string {
  if (id === undefined) return 'no model';
  return contextLength === undefined ? id : `${id} with a context of ${contextLength}`;
}
