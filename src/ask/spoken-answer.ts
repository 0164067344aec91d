/** One question to a model, its answer handed on as it comes: the measuring client's, with nothing measured. */
import type { ChatProtocol } from '../benchmark/client/chat-protocol.js';
import type { RequestFailure } from '../benchmark/client/failure.js';
import { type MeasuredRequest, measureRequest } from '../benchmark/client/request.js';
import type { RequestOutcome } from '../benchmark/client/request-timings.js';
import type { InferenceServer } from '../benchmark/inference-server.js';
import { quoted, ServerError, type ServerErrorCode } from '../servers/server-error.js';
import { tlsError } from '../servers/tls/tls-error.js';

export interface SpokenQuestion
  extends Pick<MeasuredRequest, 'server' | 'model' | 'prompt' | 'instructions' | 'maxTokens' | 'timeoutMs'> {
  /** Ends the exchange wherever it stands. */
  readonly signal: AbortSignal;
}

/** `length`: the model stopped because it had given as many tokens as it may. */
export type SpokenEnd = 'stop' | 'length';

const BAD_REQUEST = 400;

/**
 * The text of the answer as it comes, without reasoning. Throws the signal's reason or a `ServerError`: `unreachable`,
 * `timeout`, `unauthorized`, `model_not_found` or `bad_response`.
 */
export async function* spokenAnswer(question: SpokenQuestion): AsyncGenerator<string, SpokenEnd> {
  const { server, signal } = question;
  signal.throwIfAborted();
  const first = new Hearing(question, server);
  let outcome = yield* first.pieces();
  let { finishReason } = first;
  const newer = outcome.ok || outcome.failure.status !== BAD_REQUEST ? undefined : withNewerLimit(question);
  if (newer !== undefined) {
    const second = new Hearing(question, newer);
    const again = yield* second.pieces();
    // The first refusal explains: the second try is a guess.
    if (again.ok || again.failure.status === undefined) outcome = again;
    ({ finishReason } = second);
  }
  if (outcome.ok) return finishReason === 'length' ? 'length' : 'stop';
  signal.throwIfAborted();
  throw errorOf(outcome.failure, server);
}

/** The newer OpenAI models refuse the name of the limit that all other servers know. `undefined` where it has another. */
function withNewerLimit({ server, ...question }: SpokenQuestion): InferenceServer | undefined {
  const { max_tokens: limit, ...asked } = server.chat.body({ ...question, nonce: '' });
  if (limit === undefined) return undefined;
  const body = () => ({ ...asked, max_completion_tokens: limit });
  return { ...server, chat: { ...server.chat, body } };
}

/** Listens to one exchange. */
class Hearing {
  finishReason: string | undefined;
  readonly #pieces: string[] = [];
  readonly #leave = new AbortController();
  #outcome: RequestOutcome | undefined;
  #wake: () => void = () => undefined;

  constructor(question: SpokenQuestion, server: InferenceServer) {
    const signal = AbortSignal.any([question.signal, this.#leave.signal]);
    const request = { ...question, server: this.#listeningTo(server), nonce: '', signal, readsAlong: true as const };
    void measureRequest(request).then((outcome) => {
      this.#outcome = outcome;
      this.#wake();
    });
  }

  async *pieces(): AsyncGenerator<string, RequestOutcome> {
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) yield piece;
        else if (this.#outcome !== undefined) return this.#outcome;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.#leave.abort();
    }
  }

  #listeningTo(server: InferenceServer): InferenceServer {
    const read: ChatProtocol['read'] = (event) => {
      const said = server.chat.read(event);
      if (said.kind === 'chunk') {
        this.finishReason = said.finishReason ?? this.finishReason;
        if (said.answer !== '') this.#pieces.push(said.answer);
        this.#wake();
      }
      return said;
    };
    return { ...server, chat: { ...server.chat, read } };
  }
}

const codes: Readonly<Partial<Record<RequestFailure['error'], ServerErrorCode>>> = {
  connection_refused: 'unreachable',
  connection_reset: 'unreachable',
  timeout: 'timeout',
  unauthorized: 'unauthorized',
  model_not_found: 'model_not_found',
};

function errorOf(failure: RequestFailure, { apiBase, tls }: Pick<InferenceServer, 'apiBase' | 'tls'>): ServerError {
  const { error, status, detail = 'nothing', cause } = failure;
  const untrusted = cause && tlsError(apiBase, cause, tls);
  if (untrusted !== undefined) return untrusted;
  const code = codes[error] ?? 'bad_response';
  if (code === 'unreachable') return new ServerError(code, `${apiBase} cannot be reached: ${detail}.`);
  if (status === undefined) return new ServerError(code, detail);
  const advice = code === 'unauthorized' ? '. Check the key.' : '';
  return new ServerError(code, `${apiBase} answered ${status}: ${quoted(detail)}${advice}`);
}
