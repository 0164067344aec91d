/** Intel GPUs through the files of the i915 and xe drivers in sysfs. */
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.js';
import { blankSample, type GpuSample, type ThrottleReason } from '../gpu-sample.js';
import type { GpuSource, GpuSourcePlugin, HardwareMachine } from '../gpu-source.js';
import { type KeptFile, KeptFolder } from '../system/system-file.js';
import { divided, subtracted } from '../unknown-number.js';
import { isAsleep, type PolledCard, pollCards } from './card-poller.js';
import { type DrmCard, hwmonFolder, isIntelIntegrated, listDrmCards } from './drm-cards.js';
import { drmProcesses } from './drm-clients.js';

export const intel: GpuSourcePlugin = {
  vendor: 'intel',
  async find(machine, forced) {
    const cards = await listDrmCards(machine.root, ['i915', 'xe']);
    const discrete = cards.filter((card) => !isIntelIntegrated(card));
    const read = forced ? cards : discrete;
    if (read.length > 0) return { state: 'found', source: await intelSource(read, machine) };
    if (cards.length === 0) return { state: 'absent' };
    return {
      state: 'unreadable',
      hint: "the processor's Intel graphics is not sampled unless gpu.source is intel",
      isPassedOver: true,
    };
  },
};

async function intelSource(cards: readonly DrmCard[], machine: HardwareMachine): Promise<GpuSource> {
  const described = await Promise.all(
    cards.map(async (card) => ({ ...card, hwmonPath: await hwmonFolder(card.devicePath) })),
  );
  return {
    vendor: 'intel',
    start(intervalMs, listener) {
      const readers = described.map((card) => new IntelReader(card, machine.clock));
      return pollCards(readers, intervalMs, machine.clock, listener);
    },
    processes: () =>
      drmProcesses(
        machine.root,
        cards.map((card) => card.pciAddress),
      ),
  };
}

interface IntelCard extends DrmCard {
  readonly hwmonPath: string | undefined;
}

/** Where a driver keeps its figures, relative to the card (i915) or its PCI device (xe). */
interface Layout {
  readonly clockMhz: readonly string[];
  readonly idleMs: readonly string[];
  readonly throttleStatus: string;
  readonly throttleReason: (cause: string) => string;
}

const layouts: Readonly<Record<'i915' | 'xe', Layout>> = {
  i915: {
    // Names of kernels from 6.0 on, then those before.
    clockMhz: ['gt/gt0/rps_act_freq_mhz', 'gt_act_freq_mhz'],
    idleMs: ['gt/gt0/rc6_residency_ms', 'power/rc6_residency_ms'],
    throttleStatus: 'gt/gt0/throttle_reason_status',
    throttleReason: (cause) => `gt/gt0/throttle_reason_${cause}`,
  },
  xe: {
    clockMhz: ['tile0/gt0/freq0/act_freq'],
    idleMs: ['tile0/gt0/gtidle/idle_residency_ms'],
    throttleStatus: 'tile0/gt0/freq0/throttle/status',
    throttleReason: (cause) => `tile0/gt0/freq0/throttle/reason_${cause}`,
  },
};

const causes: readonly (readonly [ThrottleReason, readonly string[]])[] = [
  ['thermal', ['thermal', 'prochot', 'vr_thermalert']],
  ['power_limit', ['pl1', 'pl2', 'pl4']],
  ['current_limit', ['vr_tdc']],
];

interface Reading {
  readonly atMs: number;
  readonly energyUj: number | undefined;
  readonly idleMs: number | undefined;
}

class IntelReader implements PolledCard {
  readonly #card: IntelCard;
  readonly #clock: Clock;
  readonly #layout: Layout;
  readonly #device: KeptFolder;
  readonly #gt: KeptFolder;
  readonly #hwmon: KeptFolder;
  #previous: Reading | undefined;

  constructor(card: IntelCard, clock: Clock) {
    this.#card = card;
    this.#clock = clock;
    this.#layout = layouts[card.driver === 'xe' ? 'xe' : 'i915'];
    this.#device = new KeptFolder(card.devicePath);
    this.#gt = new KeptFolder(card.driver === 'xe' ? card.devicePath : card.path);
    this.#hwmon = new KeptFolder(card.hwmonPath ?? join(card.devicePath, 'hwmon'));
  }

  get index(): number {
    return this.#card.index;
  }

  isResting(): boolean {
    return isAsleep(this.#device);
  }

  read(): GpuSample | undefined {
    if (isAsleep(this.#device)) {
      this.#previous = undefined;
      return undefined;
    }
    const clockMhz = firstNumber(this.#layout.clockMhz.map((name) => this.#gt.file(name)));
    const now: Reading = {
      atMs: this.#clock.nowMs(),
      // Channel 1 is the card, channel 2 the chip alone, for xe cards without the first.
      energyUj: firstNumber([this.#hwmon.file('energy1_input'), this.#hwmon.file('energy2_input')]),
      idleMs: firstNumber(this.#layout.idleMs.map((name) => this.#gt.file(name))),
    };
    const previous = this.#previous;
    this.#previous = now;
    if (clockMhz === undefined && now.energyUj === undefined && now.idleMs === undefined) return undefined;
    return {
      ...blankSample('intel', this.#card.index, now.atMs),
      ...this.#readMemory(),
      memoryKind: isIntelIntegrated(this.#card) ? 'unified' : 'dedicated',
      energyJ: divided(now.energyUj, 1e6),
      powerW: powerBetween(previous, now),
      powerLimitW: divided(this.#hwmon.file('power1_max').readNumber(), 1e6),
      utilRatio: awakeShare(previous, now),
      smClockMhz: clockMhz,
      tempC: divided(firstNumber([this.#hwmon.file('temp1_input'), this.#hwmon.file('temp2_input')]), 1e3),
      throttle: this.#readThrottle(),
    };
  }

  close(): void {
    for (const folder of [this.#device, this.#gt, this.#hwmon]) folder.close();
  }

  /** Only the out-of-tree driver tells; the kernel's own keeps it to privileged debug files. */
  #readMemory(): Partial<GpuSample> {
    const total = this.#gt.file('lmem_total_bytes').readNumber();
    const free = this.#gt.file('lmem_avail_bytes').readNumber();
    return { memoryTotalBytes: total, memoryUsedBytes: subtracted(total, free) };
  }

  #readThrottle(): GpuSample['throttle'] {
    const status = this.#gt.file(this.#layout.throttleStatus).readNumber();
    if (status === undefined) return {};
    const isActive = (cause: string) => this.#gt.file(this.#layout.throttleReason(cause)).readNumber() === 1;
    return Object.fromEntries(causes.map(([reason, names]) => [reason, status === 1 && names.some(isActive)]));
  }
}

function firstNumber(files: readonly KeptFile[]): number | undefined {
  for (const file of files) {
    const value = file.readNumber();
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Mean power in watts since the previous reading. */
function powerBetween(previous: Reading | undefined, now: Reading): number | undefined {
  const energyUj = subtracted(now.energyUj, previous?.energyUj);
  if (previous === undefined || energyUj === undefined || energyUj < 0) return undefined;
  const elapsedMs = now.atMs - previous.atMs;
  return elapsedMs > 0 ? energyUj / elapsedMs / 1000 : undefined;
}

/**
 * Share of the time since the previous reading in which the render engine was out of its idle state. It may be awake
 * without working, so this is an upper bound of its utilisation; the drivers offer no closer figure without privileges.
 */
function awakeShare(previous: Reading | undefined, now: Reading): number | undefined {
  const idleMs = subtracted(now.idleMs, previous?.idleMs);
  if (previous === undefined || idleMs === undefined || idleMs < 0) return undefined;
  const elapsedMs = now.atMs - previous.atMs;
  return elapsedMs > 0 ? Math.min(1, Math.max(0, 1 - idleMs / elapsedMs)) : undefined;
}
