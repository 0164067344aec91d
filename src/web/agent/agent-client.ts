/**
 * Asks the agent. Its answers are trusted: page and agent are built from one tree and served by one process, and a page
 * that has become older than its agent says so (`page_build` in the status).
 */
import { INSTALLATION_HEADER } from '../../shared/installation-header.js';
import { keptAtMsOf } from '../offline/kept-at.js';
import type { TokenKeeper } from './token-keeper.js';

/** The agent answered, and it was no success. */
export class AgentRefusal extends Error {
  override readonly name = 'AgentRefusal';
  readonly code = 'agent_refusal';
  readonly status: number;
  /** The job in the way, for 409. */
  readonly jobId: string | undefined;

  constructor(status: number, detail: string, jobId?: string) {
    super(detail);
    this.status = status;
    this.jobId = jobId;
  }
}

const NO_ANSWER = 'The agent does not answer.';

/** Nobody answered, or something else than an agent did. */
export class AgentUnreachable extends Error {
  override readonly name = 'AgentUnreachable';
  readonly code = 'agent_unreachable';

  constructor(message = NO_ANSWER, options?: ErrorOptions) {
    super(message, options);
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface AgentClientOptions {
  /** Where the page lies; the agent's paths are below. */
  readonly base: string;
  readonly fetch: typeof globalThis.fetch;
  readonly tokens: TokenKeeper;
  /** An answer comes from the browser, as nobody answered; milliseconds since 1970. */
  readonly onKept?: (atMs: number) => void;
  /** Whose answer it is, from the browser or not; asked of each before it is handed on. */
  readonly onInstallation?: (id: string) => void;
  /** Nothing that was asked is unanswered. */
  readonly onRest?: () => void;
}

/** What the agent answered, or had answered before. */
export interface Answer<T> {
  readonly value: T;
  /** Milliseconds since 1970; `undefined` where it was just now. */
  readonly keptAtMs: number | undefined;
}

const TIMEOUT_MS = 20_000;

export class AgentClient {
  readonly #options: AgentClientOptions;
  #unanswered = 0;

  constructor(options: AgentClientOptions) {
    this.#options = options;
  }

  /** A JSON answer. Throws `AgentRefusal` or `AgentUnreachable`. */
  async get<T>(path: string, { byItself = true }: { readonly byItself?: boolean } = {}): Promise<T> {
    return (await this.answer<T>(path, { byItself })).value;
  }

  /** As `get`, and says whether the browser had to remember it. */
  async answer<T>(path: string, { byItself = true }: { readonly byItself?: boolean } = {}): Promise<Answer<T>> {
    const response = await this.#ask('GET', path, byItself);
    return { value: (await response.json()) as T, keptAtMs: keptAtMsOf(response) };
  }

  /** An answer as text. Throws as `get` does. */
  async text(path: string): Promise<string> {
    return (await this.#ask('GET', path, true)).text();
  }

  /** Starts, stops or alters something, or asks with more than fits into an address: `body` as JSON. Throws as `get` does. */
  async send<T>(method: Exclude<Method, 'GET'>, path: string, body?: object): Promise<T> {
    return (await this.#ask(method, path, false, body)).json() as Promise<T>;
  }

  async #ask(method: Method, path: string, byItself: boolean, body?: object): Promise<Response> {
    this.#unanswered += 1;
    try {
      return await this.#askOrSignIn(method, path, byItself, body);
    } finally {
      this.#unanswered -= 1;
      if (this.#unanswered === 0) this.#options.onRest?.();
    }
  }

  async #askOrSignIn(method: Method, path: string, byItself: boolean, body?: object): Promise<Response> {
    const { base, tokens } = this.#options;
    const url = new URL(path, base);
    for (;;) {
      const { token } = tokens;
      const response = await this.#fetched(url, { method, token, body });
      if (response.ok) return this.#noted(response);
      const refusal = await refusalOf(response);
      if (refusal.status !== 401) throw refusal;
      // Another request may have been given the token meanwhile.
      if (tokens.token !== token) continue;
      if ((await tokens.ask(refusal.message, { byItself })) === undefined) throw refusal;
    }
  }

  #noted(response: Response): Response {
    const installation = response.headers.get(INSTALLATION_HEADER);
    if (installation !== null) this.#options.onInstallation?.(installation);
    const keptAtMs = keptAtMsOf(response);
    if (keptAtMs !== undefined) this.#options.onKept?.(keptAtMs);
    return response;
  }

  async #fetched(
    url: URL,
    {
      method,
      token,
      body,
    }: { readonly method: Method; readonly token: string | undefined; readonly body?: object | undefined },
  ): Promise<Response> {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      // A cancelled job may take some seconds to end, and the answer comes after that.
      return await this.#options.fetch(url, { method, headers, ...sent, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (cause) {
      throw new AgentUnreachable(NO_ANSWER, { cause });
    }
  }
}

async function refusalOf(response: Response): Promise<AgentRefusal> {
  try {
    const { detail, job_id } = (await response.json()) as { detail?: unknown; job_id?: unknown };
    const words = typeof detail === 'string' ? detail : response.statusText;
    return new AgentRefusal(response.status, words, typeof job_id === 'string' ? job_id : undefined);
  } catch {
    return new AgentRefusal(response.status, `${response.status} ${response.statusText}`);
  }
}

/** Whether a token is all that was missing. */
export function isLocked(error: unknown): boolean {
  return error instanceof AgentRefusal && error.status === 401;
}

/** What went wrong, in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
