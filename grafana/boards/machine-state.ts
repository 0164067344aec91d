/** What is so on the machines right now, as PromQL that the rows of the fleet share. */
import { by, MACHINE, MACHINE_GPU, MACHINE_TARGET, SERIES } from '../promql.js';
import { scrapeSeries, series } from '../series.js';

export const up = by('max', MACHINE, scrapeSeries('up'));
export const targetUp = by('max', MACHINE_TARGET, series('typhon_target_up'));
export const success = by('max', SERIES, series('typhon_benchmark_success'));
export const slower = by('max', SERIES, series('typhon_regression_active'));
export const throttled = by('max', MACHINE_GPU, series('typhon_gpu_throttle_active'));
export const temperature = series('typhon_gpu_temperature_celsius');
/** Share of each GPU's memory that is in use. */
export const memoryUse = [
  by('max', MACHINE_GPU, series('typhon_gpu_memory_used_bytes')),
  by('max', MACHINE_GPU, series('typhon_gpu_memory_total_bytes')),
].join(' / ');
