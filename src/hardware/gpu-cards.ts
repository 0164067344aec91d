/** The cards that have been read since the start, known by their UUID: their index moves when another one is lost. */

import type { GpuVendor } from '../shared/gpu-vendor.js';
import { type GpuSample, hasFigures } from './gpu-sample.js';
import { LONGEST_TEST_SAMPLES, SampleRing } from './sample-ring.js';

/** What a card is called, in words and by whoever chooses it. */
export interface CardIdentity {
  /** Its index when it was seen first, which is what a configuration that was written then means. */
  readonly firstIndex: number | undefined;
  /** `undefined` for a card that was never seen. */
  readonly index: number | undefined;
  readonly uuid: string | undefined;
  readonly name: string | undefined;
}

/** One card with its samples of a window and just outside it, oldest first; none while it does not answer. */
export interface WindowCard extends CardIdentity {
  readonly samples: readonly GpuSample[];
  /** It sleeps, so that it has no figures and is not missing. */
  readonly isResting: boolean;
}

interface Card {
  readonly vendor: GpuVendor;
  readonly firstIndex: number;
  uuid: string | undefined;
  readonly ring: SampleRing<GpuSample>;
  newest: GpuSample;
  /** Whether it has ever told a figure: one that never does cannot fall silent. */
  hasTold: boolean;
  currentUntilMs: number;
  /** Before that a card that has not been read yet is not missed. */
  dueMs: number;
  /** It was missing when readings ended, and has not been read since. */
  isLost: boolean;
  /** When it was read first; `undefined` once it is settled whether it came in another one's place. */
  joinedMs: number | undefined;
}

/** A card that went, and the one that came in its place. */
export interface Replacement {
  readonly gone: CardIdentity;
  readonly come: CardIdentity;
}

export class GpuCards {
  #cards: Card[] = [];

  /** `limitMs`: how long these readings are the present ones. */
  keep(samples: readonly GpuSample[], limitMs: number): void {
    for (const sample of samples) {
      const card = this.#cardOf(sample);
      card.uuid ??= sample.uuid;
      card.ring.push(sample);
      card.newest = sample;
      card.hasTold ||= hasFigures(sample);
      card.isLost = false;
      card.currentUntilMs = Math.max(card.currentUntilMs, sample.atMs + limitMs);
    }
  }

  /** Readings end for now. */
  end(nowMs: number, resting: readonly number[]): void {
    for (const card of this.#cards) card.isLost = isMissing(card, nowMs, resting);
  }

  /** Readings begin anew: what is the present at `nowMs` stays so until `untilMs`, when each card must have been read. */
  begin(nowMs: number, untilMs: number): void {
    for (const card of this.#cards) {
      card.dueMs = untilMs;
      if (card.currentUntilMs >= nowMs) card.currentUntilMs = Math.max(card.currentUntilMs, untilMs);
    }
  }

  /**
   * The readings pause from `nowMs` until `untilMs`: a card of the last turn, made within `turnMs`, stays the present if
   * it is.
   */
  pause(turnMs: number, nowMs: number, untilMs: number): void {
    const lastMs = Math.max(...this.#cards.map(({ newest }) => newest.atMs));
    for (const card of this.#cards) {
      const isPresent = card.currentUntilMs >= nowMs && card.newest.atMs >= lastMs - turnMs;
      if (isPresent) card.currentUntilMs = Math.max(card.currentUntilMs, untilMs);
    }
  }

  /** No card answers. */
  loseAll(): void {
    for (const card of this.#cards) {
      card.currentUntilMs = Number.NEGATIVE_INFINITY;
      card.isLost = true;
    }
  }

  /** Whether each card has been read after `ms`. */
  areAllReadAfter(ms: number): boolean {
    return this.#cards.every(({ newest }) => newest.atMs > ms && hasFigures(newest));
  }

  get areSettled(): boolean {
    return this.#cards.every(({ joinedMs }) => joinedMs === undefined);
  }

  /**
   * A card that came after another one had fallen silent has taken its place: the other one is no longer expected.
   * To be asked when each card has had the time to be read.
   */
  settle(nowMs: number, resting: readonly number[]): readonly Replacement[] {
    const isGone = (card: Card) => isMissing(card, nowMs, resting);
    const replacements: Replacement[] = [];
    for (const come of this.#inOrder()) {
      const { joinedMs } = come;
      if (joinedMs === undefined || isGone(come)) continue;
      const gone = this.#inOrder().find(
        (card) => card.joinedMs === undefined && isGone(card) && card.newest.atMs < joinedMs,
      );
      if (gone === undefined) continue;
      this.#cards = this.#cards.filter((card) => card !== gone);
      replacements.push({ gone: identityOf(gone), come: identityOf(come) });
    }
    for (const card of this.#cards) card.joinedMs = undefined;
    return replacements;
  }

  /** Another vendor's cards are read now. */
  keepOnly(vendor: GpuVendor): void {
    this.#cards = this.#cards.filter((card) => card.vendor === vendor);
  }

  /** The newest reading of each card, in the order of their indexes, without those too old to be the present. */
  current(nowMs: number): readonly GpuSample[] {
    return this.#inOrder().flatMap(({ newest, currentUntilMs }) => (currentUntilMs >= nowMs ? [newest] : []));
  }

  get expected(): number {
    return this.#cards.length;
  }

  /** Those that were there and do not answer now. */
  missing(nowMs: number, resting: readonly number[]): readonly CardIdentity[] {
    return this.#inOrder()
      .filter((card) => isMissing(card, nowMs, resting))
      .map(identityOf);
  }

  /** Whether each card that answers has been read at or after `ms`; `undefined` where none answers. */
  areReadSince(ms: number, nowMs: number): boolean | undefined {
    const current = this.current(nowMs);
    return current.length === 0 ? undefined : current.every(({ atMs }) => atMs >= ms);
  }

  cut(fromMs: number, toMs: number, resting: readonly number[]): readonly WindowCard[] {
    return this.#inOrder().map((card) => ({
      ...identityOf(card),
      samples: card.ring.between(fromMs, toMs),
      isResting: resting.includes(card.newest.index),
    }));
  }

  #cardOf(sample: GpuSample): Card {
    const { vendor, index, uuid } = sample;
    const known =
      this.#cards.find((card) => uuid !== undefined && card.uuid === uuid) ??
      // A driver in trouble may keep even the UUID to itself.
      this.#cards.find(
        (card) =>
          (uuid === undefined || card.uuid === undefined) && card.vendor === vendor && card.newest.index === index,
      );
    if (known !== undefined) return known;
    const ring = new SampleRing<GpuSample>(LONGEST_TEST_SAMPLES);
    const card = {
      vendor,
      firstIndex: index,
      uuid,
      ring,
      newest: sample,
      hasTold: false,
      currentUntilMs: Number.NEGATIVE_INFINITY,
      dueMs: Number.NEGATIVE_INFINITY,
      isLost: false,
      joinedMs: sample.atMs,
    };
    this.#cards.push(card);
    return card;
  }

  #inOrder(): readonly Card[] {
    return this.#cards.toSorted((a, b) => a.newest.index - b.newest.index);
  }
}

function isMissing(card: Card, nowMs: number, resting: readonly number[]): boolean {
  const { newest, hasTold, currentUntilMs, dueMs, isLost } = card;
  if (resting.includes(newest.index)) return false;
  if (isLost || (hasTold && !hasFigures(newest))) return true;
  return currentUntilMs < nowMs && dueMs < nowMs;
}

function identityOf({ firstIndex, newest, uuid }: Card): CardIdentity {
  return { firstIndex, index: newest.index, uuid, name: newest.name };
}

/** As it is called in a sentence. */
export function cardName({ index, name, uuid }: Pick<CardIdentity, 'index' | 'name' | 'uuid'>): string {
  const told = [name, uuid].filter((word) => word !== undefined).join(', ');
  if (index === undefined) return `GPU ${told}`;
  return told === '' ? `GPU ${index}` : `GPU ${index} (${told})`;
}
