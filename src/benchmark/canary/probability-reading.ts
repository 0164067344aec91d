/** Has requests ask how likely each token was, as long as the server answers them. */
import type { RequestFailure } from '../client/failure.js';
import type { RequestOutcome } from '../client/request-timings.js';
import type { InferenceServer } from '../inference-server.js';
import { PROBABILITIES_WANTED, tokenProbabilities } from './token-probabilities.js';

export interface HeardProbabilities {
  readonly outcome: RequestOutcome;
  /** See `tokenProbabilities`. */
  readonly logprobs: readonly number[] | undefined;
}

/** Faults that have nothing to do with what was asked for. */
const otherFaults: ReadonlySet<RequestFailure['error']> = new Set([
  'cancelled',
  'timeout',
  'connection_refused',
  'unauthorized',
  'model_not_found',
  'context_exceeded',
]);

/** Of one run: a server that refused once is not asked for them again. */
export class ProbabilityReading {
  readonly #server: InferenceServer;
  #isAsked: boolean;

  constructor(server: InferenceServer) {
    this.#server = server;
    this.#isAsked = server.tellsProbabilities === true;
  }

  /** `send` is called with the server to be asked; a second time where the first request failed for what it asked. */
  async during(send: (server: InferenceServer) => Promise<RequestOutcome>): Promise<HeardProbabilities> {
    if (this.#isAsked) {
      let logprobs: readonly number[] | undefined;
      const outcome = await send(
        asking(this.#server, (events) => {
          logprobs = tokenProbabilities(events);
        }),
      );
      if (outcome.ok || otherFaults.has(outcome.failure.error)) return { outcome, logprobs };
      this.#isAsked = false;
    }
    return { outcome: await send(this.#server), logprobs: undefined };
  }
}

/** The same server, asked for them with each request; the events of each answer are shown to `see`. */
function asking(server: InferenceServer, see: (events: readonly unknown[]) => void): InferenceServer {
  return {
    ...server,
    requestExtras: (request) => ({ ...server.requestExtras(request), ...PROBABILITIES_WANTED }),
    ownTimings: (events) => {
      see(events);
      return server.ownTimings(events);
    },
  };
}
