/** One POST to a webhook: what its answer means, and nothing more of it. */
import { DeliveryFailure, type Retry } from './delivery-failure.js';

export interface FetchAnswer {
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: { cancel(): Promise<void> } | null;
}

/** As the global `fetch`. */
export type Fetch = (url: string, request: RequestInit) => Promise<FetchAnswer>;

export interface HttpPost {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string;
  /** Answers that say no beside those of HTTP, with what they mean. */
  readonly refusals?: Readonly<Record<number, string>> | undefined;
}

export interface PostContext {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/**
 * Posts JSON. Redirects are not followed: one could lead to an address that only this machine reaches. Nothing of the
 * answer's body is read. Rejects with `DeliveryFailure`, or with the signal's reason.
 */
export async function post(
  { url, headers, body, refusals }: HttpPost,
  { fetch, signal, now }: PostContext,
): Promise<void> {
  let answer: FetchAnswer;
  try {
    answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': 'typhon', ...headers },
      body,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new DeliveryFailure(`could not be reached (${reasonOf(error)})`, {
      code: 'unreachable',
      retry: { kind: 'later' },
    });
  }
  // Only to give the connection back: whatever it says, and however long it goes on, the status decided.
  void answer.body?.cancel().catch(() => undefined);
  const { status } = answer;
  const meaning = refusals?.[status] ?? (status >= 300 && status < 400 ? 'redirects are not followed' : undefined);
  if (status >= 200 && status < 300 && meaning === undefined) return;
  const words = meaning === undefined ? '' : `: ${meaning}`;
  const retry = retryOf(status, answer.headers.get('retry-after'), now());
  throw new DeliveryFailure(`answered ${status}${words}`, { code: 'refused', retry });
}

const REQUEST_TIMEOUT = 408;
const TOO_MANY_REQUESTS = 429;

function retryOf(status: number, retryAfter: string | null, now: Date): Retry {
  if (status < 500 && status !== REQUEST_TIMEOUT && status !== TOO_MANY_REQUESTS) return { kind: 'never' };
  return { kind: 'later', afterMs: retryAfter === null ? undefined : retryAfterMs(retryAfter, now) };
}

/** RFC 9110, 10.2.3: seconds, or a date. `undefined` for anything else. */
function retryAfterMs(value: string, now: Date): number | undefined {
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** The system's code: messages may quote the URL. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return 'no connection';
}
