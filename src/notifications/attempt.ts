import type { ChannelSettings } from '../config/notification-channel.js';
import type { Clock } from '../shared/clock.js';
import { DeliveryFailure } from './delivery-failure.js';
import type { NotificationEvent } from './event.js';
import type { Fetch } from './http-post.js';
import { deliver } from './registry.js';

export interface AttemptOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Ends the attempt early. */
  readonly signal: AbortSignal;
}

/**
 * Tells one channel of one event, within its timeout, whatever the other side does. Rejects with `DeliveryFailure`, or
 * with the signal's reason.
 */
export async function attempt(
  settings: ChannelSettings,
  event: NotificationEvent,
  { fetch, clock, signal }: AttemptOptions,
): Promise<void> {
  const timeout = new AbortController();
  const seconds = settings.timeoutMs / 1000;
  const stopTimer = clock.after(settings.timeoutMs, () =>
    timeout.abort(
      new DeliveryFailure(`gave no answer within ${seconds} s`, { code: 'timeout', retry: { kind: 'later' } }),
    ),
  );
  const either = AbortSignal.any([signal, timeout.signal]);
  const context = { fetch, now: () => new Date(clock.nowMs()), signal: either };
  try {
    await Promise.race([deliver(settings, event, context), aborted(either)]);
  } finally {
    stopTimer();
  }
}

/** For the case that what is sent does not heed its signal. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
