/** The figures that trends are of, in words and as values. */
import * as figures from '../../shared/figure-text.js';
import type { SignalName } from './trend-plot.js';

export const signalWords: Readonly<Record<SignalName, string>> = {
  decode_speed: 'Decode speed',
  prefill_speed: 'Prefill speed',
  ttft: 'Time to first token',
  energy_per_token: 'Energy per token',
  peak_temperature: 'Peak temperature',
  model_load: 'Model load time',
};
export const signalNames = Object.keys(signalWords) as SignalName[];

export function signalText(signal: SignalName, value: number | undefined): string {
  switch (signal) {
    case 'decode_speed':
    case 'prefill_speed':
      return `${figures.speed(value)} tokens/s`;
    case 'ttft':
    case 'model_load':
      return figures.latency(value);
    case 'energy_per_token':
      return figures.joules(value);
    case 'peak_temperature':
      return figures.celsius(value);
  }
}
