/** Asks for the agent's status again and again: seldom while nobody looks, and less and less while nobody answers. */

import type { AgentStatus } from '../../api/routes/status.js';
import { backOffMs } from '../../shared/back-off.js';
import { Cell } from '../ui/cell.js';
import { BACK_OFF, type Timer } from '../ui/timer.js';
import { isLocked, wordsOf } from './agent-client.js';

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'up' }
  /** `isLocked`: it answers, but tells nothing without a token. */
  | { readonly state: 'down'; readonly reason: string; readonly isLocked: boolean };

/** Why nothing can be shown, in words. */
export function notSeen({ reason, isLocked }: Extract<Link, { state: 'down' }>): string {
  return isLocked ? 'Sign in to see.' : reason;
}

export interface StatusPollOptions {
  readonly ask: () => Promise<AgentStatus>;
  readonly timer: Timer;
  readonly isHidden: () => boolean;
  /** `isBack`: the agent was away or wanted a token, and what was asked meanwhile was not answered. */
  readonly onStatus: (status: AgentStatus, isBack: boolean) => void;
}

const INTERVAL_MS = 2000;
const HIDDEN_INTERVAL_MS = 15_000;

export class StatusPoll {
  readonly link = new Cell<Link>({ state: 'connecting' });
  readonly #options: StatusPollOptions;
  #cancelNext: () => void = () => undefined;
  #isAsking = false;
  #failures = 0;
  #isClosed = false;

  constructor(options: StatusPollOptions) {
    this.#options = options;
  }

  /** Asks now, then in its rhythm. */
  async now(): Promise<void> {
    this.#cancelNext();
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { ask, timer, isHidden, onStatus } = this.#options;
    try {
      const status = await ask();
      this.#failures = 0;
      const before = this.link.value.state;
      if (before !== 'up') this.link.value = { state: 'up' };
      onStatus(status, before === 'down');
    } catch (error) {
      this.#failures += 1;
      this.link.value = { state: 'down', reason: wordsOf(error), isLocked: isLocked(error) };
    } finally {
      this.#isAsking = false;
    }
    if (this.#isClosed) return;
    const quiet = isHidden() ? HIDDEN_INTERVAL_MS : INTERVAL_MS;
    this.#cancelNext = timer.after(
      this.#failures === 0 ? quiet : backOffMs(this.#failures, BACK_OFF),
      () => void this.now(),
    );
  }

  /** Asks no more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelNext();
  }
}
