/** What a verdict is made of. */

import type { Trend } from '../trend.js';
import type { BaselinePending } from './baseline-pending.js';
import type { Concern } from './concern.js';
import type { Slowdown } from './slowdown.js';

/** A target as it was last asked, and how it is measured by itself. */
export interface SeenTarget {
  readonly name: string;
  readonly isConfigured: boolean;
  /** `no_model`: it answers, but has no model that could be measured. `unknown`: nobody has asked yet. */
  readonly reach: 'up' | 'no_model' | 'down' | 'unknown';
  /** Why it is down or has no model, in words. */
  readonly detail?: string | undefined;
  /** From when on it has been seen to be down. */
  readonly downSince?: Date | undefined;
  /** The one that a run would measure now. */
  readonly model?: string | undefined;
  /** `paused` where all schedules that measure it are. */
  readonly schedule: 'active' | 'paused' | 'none';
  /** Why it was not measured when it was last due, in words. */
  readonly lastSkip?: string | undefined;
  /** The run of it that is under way; `model` is `null` until one is chosen. */
  readonly underWay?: { readonly model: string | null } | undefined;
}

/** A run that has ended with a result or with an error, whoever asked for it. */
export interface Attempt {
  readonly target: string;
  /** `null` where it failed before one was chosen. */
  readonly model: string | null;
  readonly at: string;
  readonly outcome:
    | {
        readonly status: 'done';
        readonly tests: number;
        readonly failed: readonly FailedTest[];
        /** Its canary was answered otherwise than before, and nothing that is known explains it. */
        readonly outputChanged?: boolean | undefined;
        /** How much of the model lay on the CPU, in words. */
        readonly partlyOnCpu?: string | undefined;
      }
    | { readonly status: 'error'; readonly error: string; readonly detail?: string | undefined };
}

export interface FailedTest {
  readonly name: string;
  readonly error: string;
}

export interface VerdictFacts {
  readonly now: Date;
  readonly targets: readonly SeenTarget[];
  readonly trends: readonly Trend[];
  /** The newest first. */
  readonly attempts: readonly Attempt[];
  /** From when on a run of the target that took place at that time tells nothing of today; both in milliseconds since the epoch. */
  readonly staleAtMs: (target: string, atMs: number) => number;
}

/** Everything that is known of one model of one target. */
export interface ModelFacts {
  readonly target: SeenTarget;
  readonly model: string | null;
  readonly now: Date;
  /** The newest of each test. */
  readonly trends: readonly Trend[];
  readonly attempts: readonly Attempt[];
  readonly lastRunAt: string | undefined;
  readonly isStale: boolean;
  readonly slowdown: Slowdown;
  readonly concern: Concern | undefined;
  /** How much of it lay on the CPU in the last run, in words. */
  readonly partlyOnCpu: string | undefined;
  readonly pending: BaselinePending | undefined;
}
