/** The last things that happened to a runner, for whoever asks why it is stuck or dead. */
import type { RunnerPhase } from '../../benchmark/phase.js';

export const FLIGHT_RECORDER_ENTRIES = 128;

export interface FlightEntry {
  readonly at: string;
  /** The runner's phase once it had happened. */
  readonly phase: RunnerPhase;
  readonly event: string;
  readonly detail: string | null;
  readonly attrs: Readonly<Record<string, string | number | boolean>>;
  readonly taskId: string | null;
}

/** Keeps the newest entries and forgets the others. */
export class FlightRecorder {
  readonly #entries: FlightEntry[] = [];

  record(entry: FlightEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > FLIGHT_RECORDER_ENTRIES) this.#entries.shift();
  }

  /** Oldest first. */
  get entries(): readonly FlightEntry[] {
    return this.#entries;
  }
}
