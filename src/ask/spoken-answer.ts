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

export interface SpokenEnd {
  /** `length`: the model stopped because it had given as many tokens as it may. */
  readonly reason: 'stop' | 'length';
  /** As many tokens as it might have given: fewer than were asked for where they did not fit into its context. */
  readonly maxTokens: number;
}

const BAD_REQUEST = 400;
// What is shorter explains nothing.
const SHORTEST_ANSWER = 128;

/**
 * The text of the answer as it comes, without reasoning. A server that says that question and answer exceed its context
 * is asked for half the answer, down to 128 tokens. Throws the signal's reason or a `ServerError`: `unreachable`,
 * `timeout`, `unauthorized`, `model_not_found` or `bad_response`.
 */
export async function* spokenAnswer(question: SpokenQuestion): AsyncGenerator<string, SpokenEnd> {
  const { server, signal } = question;
  let { maxTokens } = question;
  for (;;) {
    signal.throwIfAborted();
    const { outcome, finishReason } = yield* withEitherLimit({ ...question, maxTokens });
    if (outcome.ok) return { reason: finishReason === 'length' ? 'length' : 'stop', maxTokens };
    signal.throwIfAborted();
    const shorter = Math.floor(maxTokens / 2);
    if (outcome.failure.error !== 'context_exceeded' || shorter < SHORTEST_ANSWER)
      throw errorOf(outcome.failure, server);
    maxTokens = shorter;
  }
}

interface Heard {
  readonly outcome: RequestOutcome;
  readonly finishReason: string | undefined;
}

async function* withEitherLimit(question: SpokenQuestion): AsyncGenerator<string, Heard> {
  const first = yield* heard(question, question.server);
  if (first.outcome.ok || first.outcome.failure.status !== BAD_REQUEST) return first;
  const newer = first.outcome.failure.error === 'context_exceeded' ? undefined : withNewerLimit(question);
  if (newer === undefined) return first;
  const second = yield* heard(question, newer);
  if (second.outcome.ok) return second;
  // The first refusal explains: the second try is a guess. Unless it found the limit's name, and only the limit is wrong.
  const { error, status } = second.outcome.failure;
  return status === undefined || error === 'context_exceeded' ? second : first;
}

async function* heard(question: SpokenQuestion, server: InferenceServer): AsyncGenerator<string, Heard> {
  const hearing = new Hearing(question, server);
  const outcome = yield* hearing.pieces();
  return { outcome, finishReason: hearing.finishReason };
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
    const reader: ChatProtocol['reader'] = () => {
      const read = server.chat.reader();
      return (event) => {
        const said = read(event);
        if (said.kind === 'chunk') {
          this.finishReason = said.finishReason ?? this.finishReason;
          if (said.answer !== '') this.#pieces.push(said.answer);
          this.#wake();
        }
        return said;
      };
    };
    return { ...server, chat: { ...server.chat, reader } };
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
