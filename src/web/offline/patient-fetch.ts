import type { Clock } from '../../shared/clock.js';

/** How long an agent that says nothing at all is waited for, where something is kept that can be shown in its place. */
const PATIENCE_MS = 4000;

export interface PatientFetchOptions {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly clock: Clock;
}

/** Asks the agent first, and has what is kept only where nobody answers. */
export class PatientFetch {
  readonly #options: PatientFetchOptions;
  #heardMs = Number.NEGATIVE_INFINITY;

  constructor(options: PatientFetchOptions) {
    this.#options = options;
  }

  /** The agent's answer, else what `kept` has, else the failure. `onAnswer` sees every answer of the agent, also a late one. */
  async ask(
    request: Request,
    {
      kept,
      onAnswer,
    }: { readonly kept: () => Promise<Response | undefined>; readonly onAnswer: (answer: Response) => void },
  ): Promise<Response> {
    const { fetch, clock } = this.#options;
    const startedMs = clock.nowMs();
    const asked = fetch(request).then((answer) => {
      if (isFromAgent(answer)) {
        this.#heardMs = clock.nowMs();
        onAnswer(answer);
      }
      return answer;
    });
    const answer = await this.#unlessSilent(asked, startedMs);
    if (answer !== undefined && isFromAgent(answer)) return answer;
    return (await kept()) ?? asked;
  }

  /** `undefined` where nobody answered, or nothing was heard of the agent for too long: one that is only slow is waited for. */
  #unlessSilent(asked: Promise<Response>, startedMs: number): Promise<Response | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(PATIENCE_MS, () => {
        if (this.#heardMs < startedMs) resolve(undefined);
      });
      asked.then(resolve, () => resolve(undefined)).finally(cancel);
    });
  }
}

/** A proxy before an agent that is away answers in its place, and not in JSON. */
function isFromAgent({ status, headers }: Response): boolean {
  const isProxyError = status === 502 || status === 503 || status === 504;
  return !isProxyError || headers.get('content-type')?.startsWith('application/json') === true;
}
