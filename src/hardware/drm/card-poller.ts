/** Reads files of the kernel at a steady interval. */

import type { Clock } from '../../shared/clock.js';
import type { GpuSample } from '../gpu-sample.js';
import type { GpuReadings, ReadingsListener } from '../gpu-source.js';
import type { KeptFolder } from '../system/system-file.js';

/**
 * Calls `read` every `intervalMs`, the first time as soon as the caller has returned. Turns that a stalled event loop
 * has missed are left out, not made up for.
 *
 * @returns ends the polling
 */
export function pollEvery(intervalMs: number, clock: Clock, read: () => void): () => void {
  let dueMs = clock.nowMs();
  let cancel = clock.after(0, turn);

  function turn(): void {
    read();
    dueMs = Math.max(dueMs + intervalMs, clock.nowMs());
    cancel = clock.after(dueMs - clock.nowMs(), turn);
  }

  return () => cancel();
}

export interface PolledCard {
  /** One reading, stamped when it is complete; `undefined` while the card sleeps or answers nothing. */
  read(): GpuSample | undefined;
  readonly index: number;
  /** Whether it sleeps now. */
  isResting(): boolean;
  close(): void;
}

/** Whether a card sleeps by the kernel's runtime power management. To be asked first: every other file would wake it. */
export function isAsleep(device: KeptFolder): boolean {
  const power = device.file('power/runtime_status').readText();
  return power === 'suspended' || power === 'suspending';
}

/** Polls the cards, whose samples are told at once, until the stop, which also closes them. */
export function pollCards(
  cards: readonly PolledCard[],
  intervalMs: number,
  clock: Clock,
  { onSamples }: Pick<ReadingsListener, 'onSamples'>,
): GpuReadings {
  const stop = pollEvery(intervalMs, clock, () => {
    const samples = cards.map((card) => card.read()).filter((sample) => sample !== undefined);
    if (samples.length > 0) onSamples(samples);
  });
  return {
    flush: () => undefined,
    resting: () => cards.filter((card) => card.isResting()).map(({ index }) => index),
    stop: () => {
      stop();
      for (const card of cards) card.close();
    },
  };
}
