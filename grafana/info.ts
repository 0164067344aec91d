/** The info metrics that tell what a machine works with: only those that know it. */
import { series, unfiltered } from './series.js';

export const driverInfo = series('typhon_gpu_info', { driver: { not: '' } });
/** Whatever model the server has: its version is that of all. */
export const versionInfo = series('typhon_target_info', { version: { not: '' }, model: unfiltered });
export const modelInfo = series('typhon_target_info', { model: { not: '' } });
