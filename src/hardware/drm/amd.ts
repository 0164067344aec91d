/** AMD GPUs through the amdgpu driver's files in sysfs. */
import { join } from 'node:path';
import type { Clock } from '../../shared/clock.js';
import { blankSample, type GpuSample } from '../gpu-sample.js';
import type { GpuSource, GpuSourcePlugin, HardwareMachine } from '../gpu-source.js';
import { type KeptFile, KeptFolder } from '../system/system-file.js';
import { added, divided } from '../unknown-number.js';
import { isAsleep, type PolledCard, pollCards } from './card-poller.js';
import { type DrmCard, hwmonFolder, isAmdIntegrated, listDrmCards, slotDevice } from './drm-cards.js';
import { drmProcesses } from './drm-clients.js';
import { throttleOfGpuMetrics } from './gpu-metrics.js';
import { linkGeneration } from './pcie-link.js';

const AMD_VENDOR_ID = '0x1002';

export const amd: GpuSourcePlugin = {
  vendor: 'amd',
  async find(machine, forced) {
    const cards: AmdCard[] = [];
    for (const card of await listDrmCards(machine.root, ['amdgpu'])) cards.push(await describe(card));
    if (cards.length === 0) return { state: 'absent' };
    // The graphics part of a processor counts only where it is alone: beside a card it runs the desktop.
    const discrete = cards.filter((card) => card.memoryKind === 'dedicated');
    const read = discrete.length > 0 && !forced ? discrete : cards;
    return { state: 'found', source: amdSource(read, machine) };
  },
};

interface AmdCard extends DrmCard {
  readonly memoryKind: GpuSample['memoryKind'];
  readonly hwmonPath: string | undefined;
  readonly slotPath: string;
}

async function describe(card: DrmCard): Promise<AmdCard> {
  const hwmonPath = await hwmonFolder(card.devicePath);
  const slotPath = await slotDevice(card.devicePath, AMD_VENDOR_ID);
  return { ...card, memoryKind: (await isAmdIntegrated(hwmonPath)) ? 'unified' : 'dedicated', hwmonPath, slotPath };
}

function amdSource(cards: readonly AmdCard[], machine: HardwareMachine): GpuSource {
  const addresses = cards.map((card) => card.pciAddress);
  return {
    vendor: 'amd',
    start(intervalMs, listener) {
      const readers = cards.map((card) => new AmdReader(card, machine.clock));
      return pollCards(readers, intervalMs, machine.clock, listener);
    },
    processes: () => drmProcesses(machine.root, addresses),
  };
}

/** What stays the same while the card is awake, so that it is read once. */
interface AmdConstants {
  readonly uuid: string | undefined;
  readonly name: string | undefined;
  readonly memoryTotalBytes: number | undefined;
  readonly pcieGenMax: number | undefined;
  readonly pcieWidthMax: number | undefined;
  readonly temp: KeptFile;
  readonly memoryTemp: KeptFile | undefined;
}

class AmdReader implements PolledCard {
  readonly #card: AmdCard;
  readonly #clock: Clock;
  readonly #device: KeptFolder;
  readonly #slot: KeptFolder;
  readonly #hwmon: KeptFolder;
  #constants: AmdConstants | undefined;

  constructor(card: AmdCard, clock: Clock) {
    this.#card = card;
    this.#clock = clock;
    this.#device = new KeptFolder(card.devicePath);
    this.#slot = new KeptFolder(card.slotPath);
    this.#hwmon = new KeptFolder(card.hwmonPath ?? join(card.devicePath, 'hwmon'));
  }

  get index(): number {
    return this.#card.index;
  }

  isResting(): boolean {
    return isAsleep(this.#device);
  }

  read(): GpuSample | undefined {
    if (isAsleep(this.#device)) return undefined;
    this.#constants ??= this.#readConstants();
    const { temp, memoryTemp, ...constants } = this.#constants;
    const memoryUsedBytes = this.#readMemory('used');
    const utilRatio = divided(this.#device.file('gpu_busy_percent').readNumber(), 100);
    const powerW = this.#readPower();
    if (memoryUsedBytes === undefined && utilRatio === undefined && powerW === undefined) return undefined;
    const figures = {
      ...constants,
      memoryKind: this.#card.memoryKind,
      memoryUsedBytes,
      utilRatio,
      powerW,
      powerLimitW: divided(this.#hwmon.file('power1_cap').readNumber(), 1e6),
      energyJ: divided(this.#hwmon.file('energy1_input').readNumber(), 1e6),
      tempC: divided(temp.readNumber(), 1e3),
      memoryTempC: divided(memoryTemp?.readNumber(), 1e3),
      smClockMhz: this.#readClock('freq1_input', 'pp_dpm_sclk'),
      memoryClockMhz: this.#readClock('freq2_input', 'pp_dpm_mclk'),
      pcieGen: linkGeneration(this.#slot.file('current_link_speed').readText()),
      pcieWidth: positive(this.#slot.file('current_link_width').readNumber()),
      throttle: throttleOfGpuMetrics(this.#device.file('gpu_metrics').readBytes()),
    };
    return { ...blankSample('amd', this.#card.index, this.#clock.nowMs()), ...figures };
  }

  close(): void {
    for (const folder of [this.#device, this.#slot, this.#hwmon]) folder.close();
  }

  #readConstants(): AmdConstants {
    return {
      uuid: nonEmpty(this.#device.file('unique_id').readText()),
      name: nonEmpty(this.#device.file('product_name').readText()),
      memoryTotalBytes: this.#readMemory('total'),
      pcieGenMax: linkGeneration(this.#slot.file('max_link_speed').readText()),
      pcieWidthMax: positive(this.#slot.file('max_link_width').readNumber()),
      // MI300 has no sensor at the edge. Older kernels have one temperature and no labels.
      temp: this.#temperature('edge') ?? this.#temperature('junction') ?? this.#hwmon.file('temp1_input'),
      memoryTemp: this.#temperature('mem'),
    };
  }

  #temperature(label: string): KeptFile | undefined {
    const number = [1, 2, 3].find((n) => this.#hwmon.file(`temp${n}_label`).readText() === label);
    return number === undefined ? undefined : this.#hwmon.file(`temp${number}_input`);
  }

  #readMemory(part: 'used' | 'total'): number | undefined {
    const vram = this.#device.file(`mem_info_vram_${part}`).readNumber();
    if (this.#card.memoryKind === 'dedicated') return vram;
    // An APU's models lie mostly outside the small carve-out, in the system memory mapped for it.
    return added(vram, this.#device.file(`mem_info_gtt_${part}`).readNumber());
  }

  #readPower(): number | undefined {
    const microwatts = this.#hwmon.file('power1_average').readNumber() ?? this.#hwmon.file('power1_input').readNumber();
    return divided(microwatts, 1e6);
  }

  #readClock(hwmonFile: string, levelFile: string): number | undefined {
    const hertz = this.#hwmon.file(hwmonFile).readNumber();
    return divided(hertz, 1e6) ?? currentLevelMhz(this.#device.file(levelFile).readText());
  }
}

/** The level in use of a `pp_dpm_*` file, whose lines read `1: 2304Mhz *`. */
function currentLevelMhz(levels: string | undefined): number | undefined {
  const match = /^\d+: (\d+)Mhz \*$/im.exec(levels ?? '');
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}
