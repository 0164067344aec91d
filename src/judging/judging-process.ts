/** Judges a long chronicle in a process of its own, whose memory goes with it. */
import { fork } from 'node:child_process';
import type { TrendBookSnapshot } from '../trends/trend-book.js';
import { type JudgingRequest, judgingAnswerSchema } from './judging-protocol.js';

/** The process that was to judge the chronicle ended without having done so. */
export class JudgingError extends Error {
  override readonly name = 'JudgingError';
  readonly code = 'judging_failed';
}

// It takes a second or two, and minutes where inference has all processors: it stands back. A disk that answers no longer
// must not keep what waits for it.
const TIMEOUT_MS = 900_000;

export interface JudgingProcessOptions {
  /** Ends the process; then the promise rejects. */
  readonly signal: AbortSignal;
  /** What `fork` is given to start it. */
  readonly program: string;
}

/** The book as the chronicle's last 20,000 rows make it. Throws `JudgingError`. */
export function evaluateInProcess(request: JudgingRequest, options: JudgingProcessOptions): Promise<TrendBookSnapshot> {
  const { signal, program } = options;
  return new Promise((resolve, reject) => {
    const child = fork(program, [], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      signal,
    });
    child.once('error', (error) => reject(new JudgingError('the judging process failed', { cause: error })));
    child.once('exit', (code, by) =>
      reject(new JudgingError(`the judging process ended with ${by ?? `exit code ${code}`}`)),
    );
    child.once('message', (received) => {
      const answer = judgingAnswerSchema.safeParse(received).data;
      if (answer?.type === 'judged') return resolve(answer.book);
      reject(new JudgingError(answer?.message ?? 'the judging process sent a message that is not of the protocol'));
    });
    child.send(
      request,
      (error) => error !== null && reject(new JudgingError('the judging process cannot be reached', { cause: error })),
    );
  });
}
