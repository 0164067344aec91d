/**
 * Milliseconds on the machine's monotonic clock. Its zero is arbitrary but the same for every process of the
 * machine, so the runner's stamps and the parent's hardware samples can be compared.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
