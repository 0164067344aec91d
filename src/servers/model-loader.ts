/** How one server's models are brought into its memory and out of it; only kinds that can be told so have one. */
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpAnswer } from './http-client.js';
import { createServerClient, type ServerAccess, type ServerClient, unauthorized } from './server-client.js';
import { quoted, ServerError } from './server-error.js';

/** A model in a server's memory, with what it takes to bring it back as it is. Plain data: it is kept on disk. */
export interface ResidentModel {
  readonly id: string;
  /** Its weights have left memory until it is asked for again. */
  readonly asleep?: true | undefined;
  /** In tokens; `undefined` where the server does not tell, or cannot be told. */
  readonly contextLength?: number | undefined;
  /** For how much longer it stays when nobody asks for it, in milliseconds; −1 for ever. Only of servers that unload by time. */
  readonly staysMs?: number | undefined;
}

/** All methods reject with the signal's reason or with a `ServerError`: `load_failed` in the server's own words. */
export interface ModelLoader {
  /** Without it a model can be loaded or woken, and goes by itself. */
  readonly canUnload: boolean;
  /** Everything in memory, whatever it is for; what is on its way in counts. */
  resident(signal: AbortSignal): Promise<readonly ResidentModel[]>;
  /** Resolves when the model can be used; at once where it can be already. Of `model` what is unknown is the server's choice. */
  load(model: ResidentModel, signal: AbortSignal): Promise<void>;
  /** Resolves when it is out of memory; at once where it is already. */
  unload(id: string, signal: AbortSignal): Promise<void>;
  /** Only where a model that was woken does not go back to sleep by itself. */
  readonly sleep?: ((id: string, signal: AbortSignal) => Promise<void>) | undefined;
}

export interface LoaderMeans {
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

// The caller's own limit ends it: loading takes minutes where the disk is slow.
const PATIENT = { getMs: 24 * 3600 * 1000, postMs: 24 * 3600 * 1000 };

/** For questions that are answered when a model is loaded. */
export function patientClient(access: ServerAccess): ServerClient {
  return createServerClient(access, PATIENT);
}

/** Throws what a refusal means where `answer` is one. */
export function accepted(access: ServerAccess, path: string, { status, text }: HttpAnswer): void {
  if (status < 300) return;
  if (status === 401 || status === 403) throw unauthorized(access, `${path} with ${status}: ${quoted(text)}`);
  throw loadFailed(access, `${path} answered ${status}: ${quoted(text)}`);
}

export function loadFailed({ apiBase }: ServerAccess, met: string): ServerError {
  return new ServerError('load_failed', `${apiBase} did not do as it was told: ${met}.`);
}

const ASK_AGAIN_MS = 250;

/** Looks until `isSo`. Rejects with what looking rejects with, the signal's reason among it. */
export async function until(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isSo())) {
    // Its own rejection would be an AbortError that only wraps the reason.
    await delay(ASK_AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
