/** What can make a machine slower, the likeliest first, and how a difference in it is told. */

interface Wording {
  readonly label: string;
}

/** A name or a version: it counts unless it is equal. */
interface WordSetting extends Wording {
  readonly kind: 'word';
}

/** A quantity that slows the machine when it moves one way. */
interface FigureSetting extends Wording {
  readonly kind: 'figure';
  readonly slower: 'lower' | 'higher';
  readonly unit: string;
  /** Smaller differences are those of two runs on an unchanged machine. */
  readonly leastDifference: number;
  /** The same as a share of the value before. */
  readonly leastRatio: number;
  /** How many of its units a shown one has: 0.01 for a ratio shown in percent. Default 1. */
  readonly shownUnit?: number;
}

type SettingTraits = WordSetting | FigureSetting;

/**
 * In the order of suspicion. What was exchanged comes before what was set, and both before what may as well be a
 * consequence of the slowness.
 */
export const settings = {
  gpu: { kind: 'word', label: 'GPU' },
  gpu_driver: { kind: 'word', label: 'GPU driver' },
  server: { kind: 'word', label: 'server' },
  server_version: { kind: 'word', label: 'server version' },
  model: { kind: 'word', label: 'model' },
  model_file: { kind: 'word', label: 'model file' },
  quantisation: { kind: 'word', label: 'quantisation' },
  context_length: {
    kind: 'figure',
    label: 'context length of the server',
    slower: 'higher',
    unit: 'tokens',
    leastDifference: 1,
    leastRatio: 0,
  },
  pcie_width: {
    kind: 'figure',
    label: 'PCIe lanes',
    slower: 'lower',
    unit: '',
    leastDifference: 1,
    leastRatio: 0,
  },
  pcie_generation: {
    kind: 'figure',
    label: 'PCIe generation',
    slower: 'lower',
    unit: '',
    leastDifference: 1,
    leastRatio: 0,
  },
  power_limit_w: {
    kind: 'figure',
    label: 'GPU power limit',
    slower: 'lower',
    unit: 'W',
    leastDifference: 1,
    leastRatio: 0.01,
  },
  throttled_ratio: {
    kind: 'figure',
    label: 'share of the time in which heat or power held the clocks down',
    slower: 'higher',
    unit: '%',
    leastDifference: 0.1,
    leastRatio: 0,
    shownUnit: 0.01,
  },
  memory_clock_mhz: {
    kind: 'figure',
    label: 'GPU memory clock',
    slower: 'lower',
    unit: 'MHz',
    leastDifference: 20,
    leastRatio: 0.03,
  },
  sm_clock_mhz: {
    kind: 'figure',
    label: 'GPU clock',
    slower: 'lower',
    unit: 'MHz',
    leastDifference: 20,
    leastRatio: 0.03,
  },
  gpu_start_temperature: {
    kind: 'figure',
    label: 'GPU temperature at the start',
    slower: 'higher',
    unit: '°C',
    leastDifference: 5,
    leastRatio: 0,
  },
  cpu_start_temperature: {
    kind: 'figure',
    label: 'processor temperature at the start',
    slower: 'higher',
    unit: '°C',
    leastDifference: 8,
    leastRatio: 0,
  },
  gpu_temperature: {
    kind: 'figure',
    label: 'GPU temperature',
    slower: 'higher',
    unit: '°C',
    leastDifference: 5,
    leastRatio: 0,
  },
  ram_speed_mts: {
    kind: 'figure',
    label: 'memory speed',
    slower: 'lower',
    unit: 'MT/s',
    leastDifference: 1,
    leastRatio: 0.01,
  },
  kernel: { kind: 'word', label: 'kernel' },
  other_processes: { kind: 'word', label: 'other programs' },
  cpu: { kind: 'word', label: 'processor' },
  ram_total_gb: {
    kind: 'figure',
    label: 'memory',
    slower: 'lower',
    unit: 'GiB',
    leastDifference: 0.5,
    leastRatio: 0,
  },
  agent_version: { kind: 'word', label: 'typhon' },
} as const satisfies Record<string, SettingTraits>;

export type Setting = keyof typeof settings;
export const settingNames = Object.keys(settings) as readonly Setting[];

/** How a difference in the setting is told, and from where on it counts. */
export function traitsOf(factor: Setting): SettingTraits {
  return settings[factor];
}
