/** One model of a server for the length of a run: asked for as it was found, and left as it was found. */
import type { InferenceServer } from './inference-server.js';

/** The server has loaded the model anew since it was looked at last. In tokens; `undefined` where it does not tell. */
export interface ModelReload {
  readonly contextBefore: number | undefined;
  readonly contextAfter: number | undefined;
}

export interface ModelSession {
  /** The server, its requests made to suit the model as it is loaded. */
  readonly server: InferenceServer;
  /** Of the model as it was seen last, in tokens; `undefined` where the server does not tell. */
  readonly contextLength: number | undefined;
  /**
   * Looks at the model again, between requests; those that follow suit it as it is then. `undefined` where it was not
   * loaded anew, as far as can be told. Rejects only with the signal's reason.
   */
  check(signal: AbortSignal): Promise<ModelReload | undefined>;
  /** Undoes what the requests changed of how long the model stays loaded. Never rejects; gives up with the signal. */
  leave(signal: AbortSignal): Promise<void>;
}
