import type { NotificationEvent } from './event.js';
import type { Fetch } from './http-post.js';

/** What one attempt may use. */
export interface DeliveryContext {
  /** Ends the attempt wherever it stands. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly fetch: Fetch;
}

/** A kind of channel: one file, one line in the registry. */
export interface ChannelDefinition<Settings> {
  /**
   * Delivers one event; resolves when the other side has accepted it. Rejects with `DeliveryFailure`. A method, so
   * that the registry may hand any channel's settings to the definition of its own kind.
   */
  deliver(settings: Settings, event: NotificationEvent, context: DeliveryContext): Promise<void>;
}
