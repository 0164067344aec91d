/** What is wrong anywhere in the fleet, in one query. */
import { by, MACHINE, MACHINE_GPU, SERIES } from '../promql.js';
import { series } from '../series.js';
import { memoryUse, success, targetUp, temperature, up } from './machine-state.js';

/** Of a schedule that has run before: a paused one is not missed. */
function overdue(): string {
  const schedule = [...MACHINE, 'schedule'];
  const since = `time() - ${by('max', schedule, series('typhon_schedule_last_run_timestamp_seconds'))}`;
  const missed = `${since} > bool 2 * ${by('max', schedule, series('typhon_schedule_interval_seconds'))}`;
  return `(${missed}) unless ${by('max', schedule, series('typhon_schedule_paused'))} == 1`;
}

/** Everything that an operator has to look at, as rows whose value is 1 where it is so and 0 where it is not. */
export const troubles = [
  trouble('agent does not answer', `${up} == bool 0`),
  trouble('target does not answer', `${targetUp} == bool 0`),
  trouble('no run of $1 for two intervals', overdue(), 'schedule'),
  trouble('last run failed', `${success} == bool 0`),
  trouble(
    '$1 is worse than its baseline',
    by('max', [...SERIES, 'signal'], series('typhon_regression_active')),
    'signal',
  ),
  trouble('another answer than before', `${by('min', SERIES, series('typhon_benchmark_canary_match'))} == bool 0`),
  trouble('throttled: $1', by('max', [...MACHINE_GPU, 'reason'], series('typhon_gpu_throttle_active')), 'reason'),
  trouble('GPU memory nearly full', `${memoryUse} > bool 0.97`),
  trouble('GPU at 90 °C or more', `${by('max', MACHINE_GPU, temperature)} >= bool 90`),
  trouble('fewer PCIe lanes than in the last 30 days', lostLanes()),
  trouble('uncorrected memory errors', `${by('max', MACHINE_GPU, series('typhon_gpu_ecc_errors_total'))} > bool 0`),
  trouble(
    'configuration could not be reloaded',
    `${by('max', MACHINE, series('typhon_config_last_reload_successful'))} == bool 0`,
  ),
].join('\nor ');

function lostLanes(): string {
  const width = series('typhon_gpu_pcie_link_width');
  return `${by('max', MACHINE_GPU, width)} < bool ${by('max', MACHINE_GPU, `max_over_time(${width}[30d])`)}`;
}

function trouble(words: string, expr: string, source = 'instance'): string {
  return `label_replace(${expr}, "problem", "${words}", "${source}", "(.*)")`;
}
