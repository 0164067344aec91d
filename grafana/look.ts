/** Units, colours and words that several dashboards share. */
import type { ValueMappingResult } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ThresholdSteps } from './panel.js';

export const TOKENS_PER_SECOND = 'suffix: tok/s';
export const JOULES_PER_TOKEN = 'suffix: J/tok';
export const RATIO = 'percentunit';

/** For values of which none is too many. */
export const noneIsGood: ThresholdSteps = ['green', [1, 'red']];
/** For values that are only told. */
export const neutral: ThresholdSteps = ['blue'];
/** A change of a speed against its baseline: a tenth lower is a regression, by the default of `trends.drop`. */
export const speedChange: ThresholdSteps = ['red', [-0.1, 'orange'], [-0.05, 'green']];
export const celsius: ThresholdSteps = ['green', [80, 'orange'], [90, 'red']];
export const memoryShare: ThresholdSteps = ['green', [0.9, 'orange'], [0.97, 'red']];

export const upOrDown: Readonly<Record<string, ValueMappingResult>> = {
  '0': { text: 'down', color: 'red' },
  '1': { text: 'up', color: 'green' },
};
export const doneOrFailed: Readonly<Record<string, ValueMappingResult>> = {
  '0': { text: 'failed', color: 'red' },
  '1': { text: 'good', color: 'green' },
};

export const SERIES_LEGEND = '{{test}} · {{model}} · {{target}} @ {{instance}}';
export const MODEL_LEGEND = '{{model}} · {{target}} @ {{instance}}';
export const AGENT_LEGEND = '{{instance}}';
export const GPU_LEGEND = 'GPU {{gpu}} @ {{instance}}';
export const SERIES_GPU_LEGEND = '{{test}} · {{model}} · {{target}} · GPU {{gpu}} @ {{instance}}';
