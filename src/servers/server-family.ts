/** What one kind of inference server must provide: one file, one line in `registry.ts`. */
import type { TlsTrust } from '../benchmark/client/tls-trust.js';
import type { InferenceServer, ServerKind } from '../benchmark/inference-server.js';
import type { LoaderMeans, ModelLoader } from './model-loader.js';
import type { Probe } from './probe.js';

/** A recognised server as plain data: enough to talk to it from another process without probing again. */
export interface ServerIdentity {
  readonly kind: ServerKind;
  /** For people, e.g. `llama.cpp (llama-server)`. */
  readonly name: string;
  readonly version?: string | undefined;
  /** Scheme, host and port (and a path prefix where there is one), without a trailing slash. */
  readonly apiBase: string;
  readonly apiKey?: string | undefined;
  /** For an https `apiBase`. */
  readonly tls?: TlsTrust | undefined;
  /** The model that its process was started with, where `modelIn` found it. */
  readonly startedModel?: string | undefined;
}

/** What a server's answers say of it. */
export interface Identification {
  readonly name: string;
  readonly version: string | undefined;
  /** What no other running server shares, where the kind tells: the same instance may be reached by several addresses. */
  readonly instance?: string | undefined;
}

export interface ServerFamily {
  readonly kind: ServerKind;
  /** Where servers of the kind listen by default: hints for discovery, never proof of identity. */
  readonly ports: readonly number[];
  /** Whatever machine it runs on, another one may do the work. */
  readonly isElsewhere?: true;
  /** Where a server of the kind is said to listen by variables of its own; `undefined` where by none. */
  readonly baseIn?: (environment: Readonly<Record<string, string | undefined>>) => string | undefined;
  /** The model that a command line starts the server with, for kinds whose answers do not tell; `undefined` where none. */
  readonly modelIn?: (command: readonly string[]) => string | undefined;
  /** Recognises the kind from what the server answers; `undefined` where it is another. Must not start inference. */
  identify(probe: Probe): Promise<Identification | undefined>;
  /** Makes the server usable. Asks nothing yet. */
  connect(identity: ServerIdentity): InferenceServer;
  /**
   * For kinds that can be told to load a model: resolves with `undefined` where this server cannot. Rejects with a
   * `ServerError` or the signal's reason.
   */
  readonly loader?: (identity: ServerIdentity, means: LoaderMeans) => Promise<ModelLoader | undefined>;
}
