/** Eleven kinds of noise that six-hourly runs of a benchmark show: what a machine does while nothing is lost. */
import { normalNoise } from '../test/fixtures/history-noise.js';
import { seededRandom } from '../test/fixtures/seeded-random.js';

/** The ratio of each next run's speed to the machine's level, six hours after the one before. */
export type Machine = () => number;

const RUNS_PER_DAY = 4;
const RUNS_PER_WEEK = 7 * RUNS_PER_DAY;

/** By name; each from a seed, which also chooses the hour of its week with which it begins. */
export const noiseKinds = {
  'white, 1 %': white(0.01),
  'white, 3 %': white(0.03),
  'white, 5 %': white(0.05),
  'white, 10 %': white(0.1),
  'heavy tails (Laplace), 5 %': (seed) => {
    const random = seededRandom(seed);
    return () => {
      const half = random() - 0.5;
      return 1 - (0.05 * Math.sign(half) * Math.log(1 - 2 * Math.abs(half))) / Math.SQRT2;
    };
  },
  'correlated (AR(1) 0.7), 5 %': (seed) => {
    const normal = normalNoise(seed);
    let last = normal();
    return () => {
      last = 0.7 * last + Math.sqrt(1 - 0.7 ** 2) * normal();
      return 1 + 0.05 * last;
    };
  },
  'daily swing of ± 6 %': swing(RUNS_PER_DAY, 0.06),
  'weekly swing of ± 6 %': swing(RUNS_PER_WEEK, 0.06),
  'season of 90 days, ± 6 %': swing(90 * RUNS_PER_DAY, 0.06),
  /** A neighbour on the same card, a backup: one run in four is a quarter slower. */
  'every fourth run disturbed by 25 %': (seed) => {
    const random = seededRandom(seed);
    const noise = white(0.03)(seed + 1);
    return () => noise() * (random() < 0.25 ? 0.75 : 1);
  },
  /** Two clocks 8 % apart, each of which lasts three runs on average. */
  'two levels 8 % apart': (seed) => {
    const random = seededRandom(seed);
    const noise = white(0.02)(seed + 1);
    let isSlow = random() < 0.5;
    return () => {
      if (random() < 1 / 3) isSlow = !isSlow;
      return noise() * (isSlow ? 0.96 : 1.04);
    };
  },
} satisfies Record<string, (seed: number) => Machine>;
export type NoiseKind = keyof typeof noiseKinds;

function white(cv: number): (seed: number) => Machine {
  return (seed) => {
    const normal = normalNoise(seed);
    return () => 1 + cv * normal();
  };
}

function swing(runs: number, amplitude: number): (seed: number) => Machine {
  return (seed) => {
    const noise = white(0.03)(seed);
    let run = Math.floor(seededRandom(seed + 1)() * runs);
    return () => {
      run += 1;
      return noise() + amplitude * Math.sin((2 * Math.PI * run) / runs);
    };
  };
}
