/** What one channel is still to be told, in order: kept on disk before it is first tried, until it is through. */
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { ChannelSettings } from '../config/notification-channel.js';
import type { Logger } from '../logger.js';
import type { Clock } from '../shared/clock.js';
import type { DeliveryOutcome } from '../shared/delivery-outcome.js';
import { DeliveryFailure } from './delivery-failure.js';
import { type NotificationEvent, notificationEventSchema } from './event.js';
import { retryWaitMs } from './retry-wait.js';

const waitingSchema = z.object({ accepted_at: z.iso.datetime(), event: notificationEventSchema });
type Waiting = z.infer<typeof waitingSchema>;

export const keptOutboxSchema = z.object({
  version: z.literal(1),
  /** Not through yet, oldest first. */
  waiting: z.array(waitingSchema),
  /** Ids of the last events that were taken, through or not. */
  known: z.array(z.string()),
  /** What happened before that is no news any more. */
  since: z.iso.datetime(),
});
/** An outbox as it is kept on disk. */
export type KeptOutbox = z.infer<typeof keptOutboxSchema>;

export interface OutboxOptions {
  readonly settings: ChannelSettings;
  /** As it was kept; `undefined` for a new channel. */
  readonly kept: KeptOutbox | undefined;
  readonly keep: (outbox: KeptOutbox) => Promise<void>;
  /** One attempt. Rejects with `DeliveryFailure`, or with the signal's reason. */
  readonly deliver: (settings: ChannelSettings, event: NotificationEvent, signal: AbortSignal) => Promise<void>;
  readonly onOutcome?: ((outcome: DeliveryOutcome) => void) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A channel that is down for long must fill neither the disk nor, when it is back, somebody's evening. */
const MOST_WAITING = 200;
const MOST_KNOWN = 500;

type Progress =
  | { readonly state: 'idle' }
  | { readonly state: 'sending'; readonly stop: AbortController; readonly ended: Promise<void> }
  | { readonly state: 'pausing'; readonly cancel: () => void }
  | { readonly state: 'closed' };

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #logger: Logger;
  #settings: ChannelSettings;
  #waiting: readonly Waiting[];
  #known: readonly string[];
  #since: string;
  #progress: Progress = { state: 'idle' };
  /** Failed attempts since the last that did not. */
  #failures = 0;
  #writes: Promise<void> = Promise.resolve();

  constructor(options: OutboxOptions) {
    const { settings, kept, logger } = options;
    this.#options = options;
    this.#settings = settings;
    this.#logger = logger.child({ channel: settings.name });
    this.#waiting = kept?.waiting ?? [];
    this.#known = kept?.known ?? [];
    this.#since = kept?.since ?? this.#now();
  }

  /** Takes an event that the channel is to tell; resolves when it is on disk. One that it knows changes nothing. */
  async accept(event: NotificationEvent): Promise<void> {
    if (this.#known.includes(event.id)) return;
    if (event.at > this.#since) this.#since = event.at;
    this.#known = [...this.#known, event.id].slice(-MOST_KNOWN);
    if (event.event !== 'test' && this.#settings.on.includes(event.event)) this.#add(event);
    await this.#keep();
    this.#next();
  }

  /**
   * To be called once, first. Goes on where the outbox before it ended, and takes of `events` those that it did not
   * hear of: they happened before it listened.
   */
  async open(events: readonly NotificationEvent[]): Promise<void> {
    const since = this.#since;
    for (const event of events) if (event.at >= since) await this.accept(event);
    this.#since = this.#now();
    await this.#keep();
    this.#next();
  }

  /** New settings: what failed with the old ones is tried again at once. */
  apply(settings: ChannelSettings): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    this.#failures = 0;
    if (this.#progress.state !== 'pausing') return;
    this.#progress.cancel();
    this.#progress = { state: 'idle' };
    this.#next();
  }

  /** Ends what is being sent after `graceMs`; what is not through stays on disk. */
  async close(graceMs: number): Promise<void> {
    const before = this.#progress;
    this.#progress = { state: 'closed' };
    if (before.state === 'pausing') before.cancel();
    if (before.state === 'sending') {
      const cancel = this.#options.clock.after(graceMs, () => before.stop.abort(new Error('typhon stops')));
      await before.ended;
      cancel();
    }
    await this.#writes;
  }

  #add(event: NotificationEvent): void {
    const all = [...this.#waiting, { accepted_at: this.#now(), event }];
    // The first may be on its way already.
    const lost = all.length > MOST_WAITING ? all[1] : undefined;
    if (lost !== undefined) {
      this.#logger.error({ id: lost.event.id }, 'too many notifications wait: one is given up');
      this.#options.onOutcome?.('given_up');
    }
    this.#waiting = all.filter((waiting) => waiting !== lost);
  }

  #next(): void {
    if (this.#progress.state !== 'idle') return;
    const first = this.#waiting[0];
    if (first === undefined) return;
    const ageMs = this.#options.clock.nowMs() - Date.parse(first.accepted_at);
    const stop = new AbortController();
    const ended = ageMs > this.#settings.giveUpAfterMs ? this.#giveUp(first) : this.#send(first, stop.signal);
    this.#progress = { state: 'sending', stop, ended };
  }

  async #giveUp(first: Waiting): Promise<void> {
    this.#logger.error({ id: first.event.id }, 'a notification is too old to be sent: it is given up');
    this.#options.onOutcome?.('given_up');
    await this.#settle(first);
  }

  async #send(first: Waiting, signal: AbortSignal): Promise<void> {
    const { deliver } = this.#options;
    const { id } = first.event;
    try {
      await deliver(this.#settings, first.event, signal);
      this.#failures = 0;
      this.#options.onOutcome?.('sent');
      await this.#settle(first);
      // Said once it is written down that it was: from here on nothing sends it again.
      this.#logger.info({ id }, 'notification sent');
    } catch (error) {
      if (signal.aborted) return;
      const { message, retry } = failureOf(error);
      if (retry.kind === 'never') {
        this.#logger.error({ id, reason: message }, 'a notification was refused: it is given up');
        this.#options.onOutcome?.('given_up');
        await this.#settle(first);
        return;
      }
      this.#failures += 1;
      this.#options.onOutcome?.('retried');
      const waitMs = retryWaitMs(this.#failures, { random: this.#options.random, askedMs: retry.afterMs });
      this.#logger.warn(
        { id, reason: message, wait_ms: waitMs },
        'a notification was not sent: it will be tried again',
      );
      this.#pause(waitMs);
    }
  }

  /** The first is done with, one way or the other. */
  async #settle(first: Waiting): Promise<void> {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== first);
    await this.#keep();
    if (this.#progress.state === 'closed') return;
    this.#progress = { state: 'idle' };
    this.#next();
  }

  #pause(waitMs: number): void {
    if (this.#progress.state === 'closed') return;
    const cancel = this.#options.clock.after(waitMs, () => {
      this.#progress = { state: 'idle' };
      this.#next();
    });
    this.#progress = { state: 'pausing', cancel };
  }

  /** One write at a time, each of the newest state. A disk that refuses it costs the memory of it, not the message. */
  #keep(): Promise<void> {
    const write = this.#writes.then(async () => {
      const outbox = { waiting: [...this.#waiting], known: [...this.#known], since: this.#since };
      await this.#options.keep({ version: 1, ...outbox });
    });
    this.#writes = write.catch((error: unknown) => {
      this.#logger.error({ err: error }, 'the outbox could not be written down');
    });
    return this.#writes;
  }

  #now(): string {
    return new Date(this.#options.clock.nowMs()).toISOString();
  }
}

/** What nobody foresaw is worth another try. */
function failureOf(error: unknown): Pick<DeliveryFailure, 'message' | 'retry'> {
  if (error instanceof DeliveryFailure) return error;
  return { message: error instanceof Error ? error.name : 'unknown', retry: { kind: 'later' } };
}
