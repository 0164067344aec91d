/** Wrong tokens and passwords: told in the log, and from the address that sends many of them answered slowly. */
import type { Socket } from 'node:net';
import type { Logger } from '../../logger.js';
import { type AccessRequest, type AccessRules, type Refusal, refusalOf } from './access.js';

export interface FailedLoginsOptions {
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'warn'>;
  readonly wait: (ms: number) => Promise<unknown>;
}

interface Window {
  readonly sinceMs: number;
  failures: number;
}

const WINDOW_MS = 60_000;
/** More than somebody mistypes in a minute. */
const UNSUSPICIOUS = 10;
const DELAY_MS = 1000;
/** Addresses cost an attacker nothing: only so many are remembered, the latest. */
const MOST_ADDRESSES = 1024;

export class FailedLogins {
  readonly #options: FailedLoginsOptions;
  readonly #windows = new Map<string, Window>();
  #unlogged = 0;
  #loggedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: FailedLoginsOptions) {
    this.#options = options;
  }

  /**
   * As {@link refusalOf}, for the client at the other end of `socket`. Where it has given many wrong ones, any token or
   * password waits before it is looked at, a right one too: the silence after a wrong one would tell as much as an answer.
   */
  async refusalOf(
    request: AccessRequest,
    rules: AccessRules,
    { remoteAddress = '' }: Pick<Socket, 'remoteAddress'>,
  ): Promise<Refusal | undefined> {
    const isAsked = rules.token !== undefined || rules.passwords !== undefined;
    if (isAsked && this.#isSuspicious(remoteAddress)) await this.#options.wait(DELAY_MS);
    const refusal = await refusalOf(request, rules);
    if (refusal?.isWrong === true) this.#note(remoteAddress);
    return refusal;
  }

  #isSuspicious(address: string): boolean {
    const window = this.#windows.get(address);
    return (
      window !== undefined && window.failures >= UNSUSPICIOUS && this.#options.nowMs() - window.sinceMs <= WINDOW_MS
    );
  }

  #note(address: string): void {
    const nowMs = this.#options.nowMs();
    const known = this.#windows.get(address);
    const window = known === undefined || nowMs - known.sinceMs > WINDOW_MS ? { sinceMs: nowMs, failures: 0 } : known;
    window.failures += 1;
    this.#windows.delete(address);
    this.#windows.set(address, window);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > MOST_ADDRESSES && oldest !== undefined) this.#windows.delete(oldest);
    this.#log(address, nowMs);
  }

  #log(address: string, nowMs: number): void {
    this.#unlogged += 1;
    if (nowMs - this.#loggedAtMs < WINDOW_MS) return;
    this.#options.logger.warn({ address, failures: this.#unlogged }, 'a wrong token or password was given');
    this.#loggedAtMs = nowMs;
    this.#unlogged = 0;
  }
}
