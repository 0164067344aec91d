/** One reading of the processor. What stays `undefined` is unknown. */
export interface HostSample {
  /** When it was read, on the machine's monotonic clock in milliseconds. */
  readonly atMs: number;
  /** Energy of all processor packages since sampling began, in joules. */
  readonly energyJ: number | undefined;
  /** Mean power of all packages since the reading before, in watts. */
  readonly powerW: number | undefined;
  /** The hottest package. */
  readonly tempC: number | undefined;
  /** Share of all cores' time since the reading before that was not idle, 0 to 1. */
  readonly utilRatio: number | undefined;
}
