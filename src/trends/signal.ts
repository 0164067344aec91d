/** What a trend is judged on: some columns of the chronicle, which way each gets worse, and when a change is large. */
import type { ChronicleRow } from '../chronicle/row.js';

export const signalNames = [
  'decode_speed',
  'prefill_speed',
  'ttft',
  'energy_per_token',
  'peak_temperature',
  'model_load',
] as const;
export type SignalName = (typeof signalNames)[number];

export type Direction = 'lower' | 'higher';
export type Movement = 'worse' | 'better';

export interface Signal {
  readonly label: string;
  readonly unit: string;
  readonly worse: Direction;
  /** A change below this, in the signal's unit, is never large, whatever its ratio. */
  readonly leastChange: number;
  readonly valueIn: (row: SignalRow) => number | null;
}

type SignalColumn = 'avg_tps' | 'avg_prefill_tps' | 'avg_ttft_s' | 'joules_per_token' | 'peak_temp_c' | 'model_load_s';
export type SignalRow = Pick<ChronicleRow, SignalColumn>;

export const signals: Readonly<Record<SignalName, Signal>> = {
  decode_speed: {
    label: 'decode speed',
    unit: 'tokens/s',
    worse: 'lower',
    leastChange: 0,
    valueIn: (row) => row.avg_tps,
  },
  prefill_speed: {
    label: 'prefill speed',
    unit: 'tokens/s',
    worse: 'lower',
    leastChange: 0,
    valueIn: (row) => row.avg_prefill_tps,
  },
  ttft: {
    label: 'time to first token',
    unit: 's',
    worse: 'higher',
    // A tenth of a short wait is within what a busy machine's scheduler adds, and nobody feels it.
    leastChange: 0.005,
    valueIn: (row) => row.avg_ttft_s,
  },
  energy_per_token: {
    label: 'energy per token',
    unit: 'J',
    worse: 'higher',
    leastChange: 0,
    valueIn: (row) => row.joules_per_token,
  },
  peak_temperature: {
    label: 'peak temperature',
    unit: '°C',
    worse: 'higher',
    // The zero of °C is arbitrary: a tenth of a cool card's reading is what the room does between two days.
    leastChange: 5,
    valueIn: (row) => row.peak_temp_c,
  },
  model_load: {
    label: 'model load time',
    unit: 's',
    worse: 'higher',
    // Below it, a process's start and a server's own rounds of looking decide.
    leastChange: 1,
    valueIn: (row) => row.model_load_s,
  },
};

/**
 * The row's value of the signal. `undefined` where the row does not have it, and where it has what cannot be: all of them
 * are positive (a card under load is never at 0 °C).
 */
export function signalValue(row: SignalRow, name: SignalName): number | undefined {
  const value = signals[name].valueIn(row);
  return value !== null && isUsable(value) ? value : undefined;
}

/** Finite and above 0: what ratios can be made of. */
export function isUsable(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/**
 * Which way `current` lies from `level` by a large change: at least the share `drop` of the level and at least the
 * signal's `leastChange`. `undefined` for a smaller one.
 */
export function largeMovement(signal: Signal, level: number, current: number, drop: number): Movement | undefined {
  const change = current - level;
  // Tolerates the rounding of a change that is exactly the threshold.
  const needed = Math.max(drop * level, signal.leastChange) * (1 - 1e-9);
  if (Math.abs(change) < needed || change === 0) return undefined;
  return change < 0 === (signal.worse === 'lower') ? 'worse' : 'better';
}
