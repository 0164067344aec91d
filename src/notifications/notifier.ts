/** Tells every configured channel what happened, once each. */
import type { ChannelSettings } from '../config/notification-channel.js';
import type { Logger } from '../logger.js';
import type { Clock } from '../shared/clock.js';
import type { DeliveryOutcome } from '../shared/delivery-outcome.js';
import { attempt } from './attempt.js';
import type { NotificationEvent } from './event.js';
import type { Fetch } from './http-post.js';
import { type KeptOutbox, keptOutboxSchema, Outbox } from './outbox.js';

/** Where outboxes are kept. */
export interface OutboxFiles {
  /** Parsed JSON; `undefined` where there is none. */
  readonly read: (channel: string) => Promise<unknown>;
  readonly write: (channel: string, outbox: KeptOutbox) => Promise<void>;
}

export interface NotifierOptions {
  readonly files: OutboxFiles;
  readonly fetch: Fetch;
  /** Hears how each attempt at a channel ended. */
  readonly onOutcome?: ((channel: string, outcome: DeliveryOutcome) => void) | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What a receiver that is about to answer is given when the agent stops. */
const CLOSE_GRACE_MS = 2000;

export class Notifier {
  readonly #options: NotifierOptions;
  #outboxes: ReadonlyMap<string, Outbox> = new Map();
  #applied: Promise<void> = Promise.resolve();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /**
   * Puts these channels in force. Those that are new take of `before` what happened since they were last in force,
   * before they listened. Never rejects.
   */
  apply(channels: readonly ChannelSettings[], before: readonly NotificationEvent[] = []): Promise<void> {
    this.#applied = this.#applied.then(() => this.#apply(channels, before));
    return this.#applied;
  }

  /** Resolves when every channel has written the event down, not when it is sent. Never rejects. */
  async notify(event: NotificationEvent): Promise<void> {
    await this.#applied;
    await Promise.all([...this.#outboxes.values()].map((outbox) => outbox.accept(event)));
  }

  /** Waits for what is being sent, at most a moment; all the rest stays for the next start. */
  async close(): Promise<void> {
    await this.#applied;
    await Promise.all([...this.#outboxes.values()].map((outbox) => outbox.close(CLOSE_GRACE_MS)));
    this.#outboxes = new Map();
  }

  async #apply(channels: readonly ChannelSettings[], events: readonly NotificationEvent[]): Promise<void> {
    const before = this.#outboxes;
    const after = new Map<string, Outbox>();
    for (const settings of channels) {
      const known = before.get(settings.name);
      known?.apply(settings);
      after.set(settings.name, known ?? (await this.#open(settings, events)));
    }
    this.#outboxes = after;
    const gone = [...before.keys()].filter((name) => !after.has(name));
    await Promise.all(gone.map((name) => before.get(name)?.close(CLOSE_GRACE_MS)));
  }

  async #open(settings: ChannelSettings, events: readonly NotificationEvent[]): Promise<Outbox> {
    const { files, fetch, onOutcome, clock, random, logger } = this.#options;
    const outbox = new Outbox({
      settings,
      kept: await this.#kept(settings.name),
      keep: (outbox) => files.write(settings.name, outbox),
      onOutcome: (outcome) => onOutcome?.(settings.name, outcome),
      deliver: (now, event, signal) => attempt(now, event, { fetch, clock, signal }),
      clock,
      random,
      logger,
    });
    await outbox.open(events);
    return outbox;
  }

  async #kept(channel: string): Promise<KeptOutbox | undefined> {
    try {
      const found = await this.#options.files.read(channel);
      return found === undefined ? undefined : keptOutboxSchema.parse(found);
    } catch (error) {
      this.#options.logger.error({ err: error, channel }, 'the outbox of a channel cannot be read: it starts empty');
      return undefined;
    }
  }
}
