/** What a vendor's file must offer so that its GPUs can be sampled. */

import type { Clock } from '../shared/clock.js';
import type { GpuVendor } from '../shared/gpu-vendor.js';
import type { GpuSample } from './gpu-sample.js';

/** Where a source may look. Production passes `root: '/'`; a test passes a tree of its own. */
export interface HardwareMachine {
  readonly platform: NodeJS.Platform;
  /** Directory below which `sys`, `proc` and `dev` lie. */
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Told in words what goes wrong while sampling, once until it is right again. */
  readonly note: (message: string) => void;
}

/** A process that holds memory on a GPU. */
export interface GpuProcess {
  readonly pid: number;
  readonly name: string | undefined;
  readonly memoryBytes: number | undefined;
}

/** The readings have stopped, and are begun again. */
export interface GpuTrouble {
  /** The tool's own words where it said any. */
  readonly words: string;
  readonly retryInMs: number;
}

export interface ReadingsListener {
  /**
   * One or more samples with the times of their arrival, oldest first, some readings late unless `flush` asks for
   * them. A reading that fails brings none.
   */
  readonly onSamples: (samples: readonly GpuSample[]) => void;
  readonly onTrouble: (trouble: GpuTrouble) => void;
}

/** Readings under way. */
export interface GpuReadings {
  /** Brings in now what has been read and was not told yet, through `onSamples`. */
  flush(): void;
  /** Indexes of the cards that sleep by the system's power management: they are there, and have no figures. */
  resting?(): readonly number[];
  /** Ends the readings for good. */
  stop(): void;
}

export interface GpuSource {
  readonly vendor: GpuVendor;
  /** Reads all GPUs every `intervalMs`, without starting a process for a reading, until it is stopped. */
  start(intervalMs: number, listener: ReadingsListener): GpuReadings;
  /**
   * Processes with memory on these GPUs, asked once; not to be called while measuring. `undefined` where it cannot be
   * told.
   */
  processes(): Promise<readonly GpuProcess[] | undefined>;
}

/** The outcome of looking for a vendor's GPUs. `hint` says in words what is missing and what would help. */
export type SourceSearch =
  | { readonly state: 'found'; readonly source: GpuSource }
  | {
      readonly state: 'unreadable';
      readonly hint: string;
      /** They could be read if the configuration asked for it. */
      readonly isPassedOver?: true;
      /** The tool did not answer and still hangs; resolves when it is gone. */
      readonly hanging?: Promise<void> | undefined;
    }
  | { readonly state: 'absent' };

export interface SourceProblem {
  readonly vendor: GpuVendor;
  readonly words: string;
}

/** The outcome of looking at all vendors' GPUs, with those that should be readable and are not. */
export type GpuSearch = SourceSearch & { readonly problems?: readonly SourceProblem[] };

export interface GpuSourcePlugin {
  readonly vendor: GpuVendor;
  /** `forced`: the user named this vendor, so GPUs that are passed over by themselves count too. */
  find(machine: HardwareMachine, forced: boolean): Promise<SourceSearch>;
}
