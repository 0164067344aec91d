/**
 * What the benchmark needs of an LLM inference server. `servers/` implements it, one file a kind;
 * the benchmark owns the interface and so never imports `servers/`.
 */
import type { ChatProtocol } from './client/chat-protocol.js';
import type { TlsTrust } from './client/tls-trust.js';

/** Every kind of server typhon can tell apart; `openai` is any other OpenAI-compatible one. */
export const serverKinds = [
  'reference',
  'llama.cpp',
  'ollama',
  'lmstudio',
  'vllm',
  'sglang',
  'text-generation-webui',
  'tabbyapi',
  'koboldcpp',
  'jan',
  'localai',
  'llamafile',
  'mlx-lm',
  'llama-swap',
  'litellm',
  'docker-model-runner',
  'lemonade',
  'tgi',
  'tensorrt-llm',
  'skulk',
  'exo',
  'openai',
] as const;

export type ServerKind = (typeof serverKinds)[number];

/** A model as the server lists it. `loaded` is `undefined` where the server does not tell. */
export interface ServedModel {
  readonly id: string;
  readonly loaded: boolean | undefined;
  /** It has left memory because nobody asked for it, and any request would load it again. */
  readonly asleep?: true | undefined;
  /**
   * Where nobody names a model and `loaded` is not told: `first` is what the server gives to whoever names none, `never`
   * may be somebody else's machine or cost money.
   */
  readonly automatic?: 'first' | 'never' | undefined;
}

/** Whether the server is working for somebody right now; `unknown` where it has no such signal. */
export type BusyState =
  | { readonly state: 'idle' }
  | { readonly state: 'busy'; readonly detail: string }
  | { readonly state: 'unknown' };

/**
 * From so many seconds on a server's time for having the model ready means that it loaded it: to look up one that is loaded
 * takes milliseconds, with its file on a slow disk up to hundreds.
 */
export const LEAST_LOAD_S = 1;

/** What a server says of one request itself, read from the events of its stream. */
export interface OwnTimings {
  /** The server's own fields, as received. */
  readonly raw: Readonly<Record<string, number | string>>;
  readonly promptTokens?: number | undefined;
  readonly completionTokens?: number | undefined;
  /** Prompt tokens served from a prefix cache instead of being computed. */
  readonly cachedTokens?: number | undefined;
  /** Tokens that a draft model or a table proposed, and how many of them the model took. */
  readonly draftTokens?: number | undefined;
  readonly draftTokensAccepted?: number | undefined;
  /** Decode speed in tokens/s, recomputed as (n − 1) / time so that it compares with ours. */
  readonly decodeTps?: number | undefined;
  /** What it spent on having the model ready before it read the prompt, in seconds. */
  readonly loadS?: number | undefined;
  /** Seconds that the server spent on the prompt, up to the first token. */
  readonly prefillS?: number | undefined;
}

/** What a server tells of the file behind a model: whether the same name still means the same weights. */
export interface ModelFile {
  /** The file's name without its folders, or the beginning of its digest. */
  readonly id: string | undefined;
  /** How the weights are stored, in the server's words: `Q4_K_M`. */
  readonly quantisation: string | undefined;
}

export interface InferenceServer {
  readonly kind: ServerKind;
  /** For people, e.g. `llama.cpp (llama-server)`. */
  readonly name: string;
  readonly version: string | undefined;
  /** Scheme, host and port (and a path prefix where there is one), without a trailing slash. */
  readonly apiBase: string;
  /** For an https `apiBase`. */
  readonly tls?: TlsTrust | undefined;
  /** Sent with every request; holds the authorisation where the target has a key. */
  readonly headers: Readonly<Record<string, string>>;
  /** How it is asked for a streamed answer, and how that is read. */
  readonly chat: ChatProtocol;

  models(signal: AbortSignal): Promise<readonly ServedModel[]>;
  /** Context length in tokens that `model` is loaded with; `undefined` where the server does not tell. */
  contextLength(model: string, signal: AbortSignal): Promise<number | undefined>;
  busy(signal: AbortSignal): Promise<BusyState>;
  /** Set where the server takes that question for use: one that sleeps when it is not used never would. */
  readonly busyKeepsAwake?: true | undefined;
  /**
   * Fields beside those of `chat.body` that make this kind bypass its prefix cache and force the output length, where
   * it can.
   */
  requestExtras(request: { readonly maxTokens: number; readonly nonce: string }): Readonly<Record<string, unknown>>;
  /**
   * Set where it tells how likely each token was, asked in OpenAI's words (`logprobs`): only where that is known to
   * disturb nothing and to be the same for the same request.
   */
  readonly tellsProbabilities?: true | undefined;
  /** Reads the server's own figures from the parsed events of one stream, in order of arrival. */
  ownTimings(events: readonly unknown[]): OwnTimings | undefined;
  /** Share of the memory of `model` that lies on GPUs, 0 to 1; `undefined` where the server does not tell. */
  readonly gpuRatio?: ((model: string, signal: AbortSignal) => Promise<number | undefined>) | undefined;
  /**
   * Begins a run's use of `model`; resolves with `undefined` where it is not loaded any more. Rejects only with the
   * signal's reason. Absent where requests leave nothing behind.
   */
  readonly openSession?: ((model: string, signal: AbortSignal) => Promise<ModelSession | undefined>) | undefined;
  /** Layers of `model`, `undefined` where the server does not tell; absent where it has no such endpoint. */
  readonly layerCount?: ((model: string, signal: AbortSignal) => Promise<number | undefined>) | undefined;
  /** `undefined` where the server does not tell; absent where it has no such endpoint. */
  readonly modelFile?: ((model: string, signal: AbortSignal) => Promise<ModelFile | undefined>) | undefined;
  /** Requests that it works on at once, others wait; `undefined` where it does not tell; absent where it has no such endpoint. */
  readonly slots?: ((model: string, signal: AbortSignal) => Promise<number | undefined>) | undefined;
  /** Tokens in `text` without any chat template; absent where the server has no such endpoint. */
  readonly countTokens?: ((text: string, model: string, signal: AbortSignal) => Promise<number>) | undefined;
}

/** The server has loaded the model anew since it was looked at last. In tokens; `undefined` where it does not tell. */
export interface ModelReload {
  readonly contextBefore: number | undefined;
  readonly contextAfter: number | undefined;
}

/** One model of a server for the length of a run: asked for as it was found, and left as it was found. */
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
