/** Whether the targets answer: asked every half minute and where a run has met another answer, not by whoever scrapes. */

import type { Logger } from '../logger.js';
import type { Clock } from '../shared/clock.js';
import { ExpectedError } from '../shared/expected-error.js';

export interface ProbedTarget {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a target that answers says of itself. */
export interface ProbedServer {
  readonly kind: string;
  readonly version: string | undefined;
  readonly model: string;
  /** The model has left memory until somebody asks for it. */
  readonly asleep?: true | undefined;
  /** Whether it is at work for somebody; `undefined` where nobody wanted to know, or asking would keep it from sleeping. */
  readonly busy?: 'idle' | 'busy' | 'unknown' | undefined;
  /** In tokens. */
  readonly contextLength: number | undefined;
  /** Share of the model's memory that lies on GPUs, 0 to 1; `undefined` where the server does not tell. */
  readonly gpuRatio?: number | undefined;
}

/** The server answers, but has no model that could be measured now: why, in words. */
export interface NoModel {
  readonly noModel: string;
}

/** `no_model`: the server answers, but has no model that could be measured now; `detail` says why, in words. */
export type TargetState = ProbedTarget &
  (
    | { readonly state: 'up'; readonly server: ProbedServer }
    | { readonly state: 'no_model'; readonly detail?: string | undefined }
    | {
        readonly state: 'down';
        /** Why, in words. */
        readonly detail?: string | undefined;
        /** From when on, by the prober's clock. */
        readonly sinceMs?: number | undefined;
      }
  );

export interface ProbeRequest {
  /** Whether somebody wants to know if it is at work, which takes a look at the server's processes. */
  readonly withUse: boolean;
  readonly signal: AbortSignal;
}

export interface TargetProberOptions {
  /** Asked at each round: a reload may change them. None: whatever is discovered. */
  readonly targets: () => readonly ProbedTarget[];
  /** What a discovered server is called. */
  readonly discoveredName: string;
  /**
   * Reaches the target of that name, `undefined` for discovery, without starting inference. Rejects where it does not answer as an LLM server does.
   */
  readonly probe: (name: string | undefined, asked: ProbeRequest) => Promise<ProbedServer | NoModel>;
  /** While a benchmark runs nothing else is asked of any server. */
  readonly isMeasuring: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a run that has ended left its target. */
export interface EndedRun {
  readonly target: string;
  /** The server may be gone, as far as the run knows. */
  readonly isLost: boolean;
}

export const PROBE_INTERVAL_MS = 30_000;
const PROBE_TIMEOUT_MS = 10_000;
// Two missed scrapes of the slowest usual scraper, which comes once a minute, and more.
const SCRAPE_LAPSE_MS = 300_000;

export class TargetProber {
  readonly #options: TargetProberOptions;
  readonly #closing = new AbortController();
  readonly #states = new Map<string, TargetState>();
  readonly #underWay = new Map<string, Promise<void>>();
  #cancelNext: () => void = () => undefined;
  #wantedUntilMs = Number.NEGATIVE_INFINITY;
  #useWantedUntilMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;

  constructor(options: TargetProberOptions) {
    this.#options = options;
  }

  /** Begins with a round that nobody has to wish for; the promise resolves after it and never rejects. */
  async start(): Promise<void> {
    await this.#round(true);
  }

  /** Somebody reads the states: goes on asking, which ends some minutes after the last one came. */
  scraped(): void {
    this.#wantedUntilMs = this.#options.clock.nowMs() + SCRAPE_LAPSE_MS;
  }

  /** As {@link scraped}, by somebody who wants to know as well who is at work. The first after a while has it asked at once. */
  looked(): void {
    const { clock } = this.#options;
    const isFirst = clock.nowMs() >= this.#useWantedUntilMs;
    this.scraped();
    this.#useWantedUntilMs = this.#wantedUntilMs;
    if (!isFirst || this.#isAsking) return;
    this.#cancelNext();
    void this.#round();
  }

  /**
   * Where the run met its target otherwise than that is known, it is asked at once, whoever reads: once for each run, and not
   * while the next one measures.
   */
  runEnded({ target: name, isLost }: EndedRun): void {
    const target = this.#wanted().find((wanted) => wanted.name === name);
    if (target === undefined || this.#closing.signal.aborted || this.#options.isMeasuring()) return;
    if (isLost || this.#states.get(name)?.state === 'down') void this.#ask(target);
  }

  /** The last answers of the targets that are configured now; nothing of one that was not asked yet. */
  current(): readonly TargetState[] {
    return this.#wanted().flatMap(({ name, labels }) => {
      const state = this.#states.get(name);
      return state === undefined ? [] : [{ ...state, labels }];
    });
  }

  close(): void {
    this.#closing.abort();
    this.#cancelNext();
  }

  #wanted(): readonly ProbedTarget[] {
    const targets = this.#options.targets();
    return targets.length === 0 ? [{ name: this.#options.discoveredName, labels: {} }] : targets;
  }

  async #round(isFirst = false): Promise<void> {
    const { clock, isMeasuring } = this.#options;
    this.#isAsking = true;
    if (!isMeasuring() && (isFirst || clock.nowMs() < this.#wantedUntilMs)) {
      const wanted = this.#wanted();
      for (const name of this.#states.keys()) {
        if (!wanted.some((target) => target.name === name)) this.#states.delete(name);
      }
      await Promise.all(wanted.map((target) => this.#ask(target)));
    }
    this.#isAsking = false;
    if (this.#closing.signal.aborted) return;
    this.#cancelNext = clock.after(PROBE_INTERVAL_MS, () => void this.#round());
  }

  /** One question at a time for each target: an older answer comes after no newer one. */
  #ask(target: ProbedTarget): Promise<void> {
    const { name } = target;
    const asked = this.#underWay.get(name) ?? this.#answered(target).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, asked);
    return asked;
  }

  async #answered(target: ProbedTarget): Promise<void> {
    const { targets, probe, clock, logger } = this.#options;
    const withUse = clock.nowMs() < this.#useWantedUntilMs;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    let state: TargetState;
    try {
      const server = await probe(targets().length === 0 ? undefined : target.name, { withUse, signal });
      state =
        'noModel' in server
          ? { ...target, state: 'no_model', detail: server.noModel }
          : { ...target, state: 'up', server };
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const before = this.#states.get(target.name);
      const since = before?.state === 'down' ? before.sinceMs : undefined;
      const detail = error instanceof ExpectedError ? error.message : undefined;
      state = { ...target, state: 'down', detail, sinceMs: since ?? clock.nowMs() };
      // Once for each time that it goes down: a server that is off for the night is no news every half minute.
      const isNews = before?.state !== 'down';
      if (isNews) logger.info({ err: error, target: target.name }, 'the target is down');
    }
    this.#states.set(target.name, state);
  }
}
