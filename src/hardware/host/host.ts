/** Samples the processor: power from RAPL, temperature, utilisation. Linux alone tells all this without privileges. */
import { join } from 'node:path';
import { pollEvery } from '../drm/card-poller.js';
import type { HardwareMachine } from '../gpu-source.js';
import { KeptFile } from '../system/system-file.js';
import { subtracted } from '../unknown-number.js';
import { cpuTemperatureFiles } from './cpu-temperature.js';
import type { HostSample } from './host-sample.js';
import { openRapl, type RaplReader } from './rapl.js';

/** Readings under way. */
export interface HostReadings {
  /** One reading more, at once, told like the others. */
  readNow(): void;
  /** Ends the readings for good. */
  stop(): void;
}

export interface HostSource {
  /** Reads every `intervalMs` until it is stopped. */
  start(intervalMs: number, onSample: (sample: HostSample) => void): HostReadings;
}

/** `undefined` on systems that offer none of it. */
export function findHostSource(machine: HardwareMachine): HostSource | undefined {
  if (machine.platform !== 'linux') return undefined;
  return {
    start(intervalMs, onSample) {
      let stopPolling: () => void = () => undefined;
      let reader: HostReader | undefined;
      let stopped = false;

      async function begin(): Promise<void> {
        const opened = await openHost(machine);
        if (stopped) return opened.close();
        reader = opened;
        stopPolling = pollEvery(intervalMs, machine.clock, read);
      }

      function read(): void {
        const sample = reader?.read();
        if (sample !== undefined) onSample(sample);
      }

      void begin();
      return {
        readNow: read,
        stop: () => {
          stopped = true;
          stopPolling();
          reader?.close();
          reader = undefined;
        },
      };
    },
  };
}

async function openHost(machine: HardwareMachine): Promise<HostReader> {
  const stat = new KeptFile(join(machine.root, 'proc/stat'));
  return new HostReader(machine, await openRapl(machine.root), await cpuTemperatureFiles(machine.root), stat);
}

interface CpuTimes {
  readonly busy: number;
  readonly all: number;
}

interface Reading {
  readonly atMs: number;
  readonly energyJ: number | undefined;
  readonly times: CpuTimes | undefined;
}

class HostReader {
  readonly #machine: HardwareMachine;
  readonly #rapl: RaplReader | undefined;
  readonly #temps: readonly KeptFile[];
  readonly #stat: KeptFile;
  #previous: Reading | undefined;

  constructor(machine: HardwareMachine, rapl: RaplReader | undefined, temps: readonly KeptFile[], stat: KeptFile) {
    this.#machine = machine;
    this.#rapl = rapl;
    this.#temps = temps;
    this.#stat = stat;
  }

  /** `undefined` where nothing at all could be read. */
  read(): HostSample | undefined {
    const energyJ = this.#rapl?.read();
    const temps = this.#temps.map((file) => file.readNumber()).filter((value) => value !== undefined);
    const times = parseCpuTimes(this.#stat.readText());
    const now: Reading = { atMs: this.#machine.clock.nowMs(), energyJ, times };
    const previous = this.#previous;
    this.#previous = now;
    if (energyJ === undefined && temps.length === 0 && times === undefined) return undefined;
    return {
      atMs: now.atMs,
      energyJ,
      powerW: powerBetween(previous, now),
      tempC: temps.length === 0 ? undefined : Math.max(...temps) / 1000,
      utilRatio: busyShare(previous?.times, times),
    };
  }

  close(): void {
    this.#rapl?.close();
    this.#stat.close();
    for (const file of this.#temps) file.close();
  }
}

function powerBetween(previous: Reading | undefined, now: Reading): number | undefined {
  const energyJ = subtracted(now.energyJ, previous?.energyJ);
  if (previous === undefined || energyJ === undefined || now.atMs <= previous.atMs) return undefined;
  return (energyJ * 1000) / (now.atMs - previous.atMs);
}

function busyShare(previous: CpuTimes | undefined, now: CpuTimes | undefined): number | undefined {
  if (previous === undefined || now === undefined || now.all <= previous.all) return undefined;
  return (now.busy - previous.busy) / (now.all - previous.all);
}

/** Clock ticks from the first line of `/proc/stat`: user nice system idle iowait irq softirq steal, then guests. */
function parseCpuTimes(stat: string | undefined): CpuTimes | undefined {
  const match = /^cpu +([\d ]+)/.exec(stat ?? '');
  // Guest time is contained in user time already.
  const ticks = match?.[1]?.split(' ').map(Number).slice(0, 8);
  if (ticks === undefined || ticks.length < 8) return undefined;
  const all = ticks.reduce((sum, value) => sum + value, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { busy: all - idle - waiting, all };
}
