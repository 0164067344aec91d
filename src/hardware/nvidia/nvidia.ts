/** NVIDIA GPUs through one long-lived `nvidia-smi`. */

import { join } from 'node:path';
import { MIB } from '../../shared/units.js';
import { linkGeneration } from '../drm/pcie-link.js';
import type { GpuSample } from '../gpu-sample.js';
import type { GpuProcess, GpuSource, GpuSourcePlugin, HardwareMachine, SourceSearch } from '../gpu-source.js';
import { keepLineProcess } from '../system/line-process.js';
import { seesHostProcesses } from '../system/process-list.js';
import { runProgram } from '../system/program.js';
import { readSystemFile } from '../system/system-file.js';
import { SystemMemoryReader } from '../system/system-memory.js';
import { nvidiaMemoryKind } from './nvidia-memory.js';
import { type NvidiaRow, nvidiaLineParser, stampRows } from './nvidia-parse.js';
import { LONGEST_WORDS, type NvidiaColumn, probeNvidia, queryArguments } from './nvidia-query.js';
import { findNvidiaSmi } from './nvidia-smi.js';

export const nvidia: GpuSourcePlugin = {
  vendor: 'nvidia',
  async find(machine) {
    const program = await findNvidiaSmi(machine);
    if (program === undefined) return withoutTool(machine);
    const probe = await probeNvidia(program, machine);
    if (probe.state === 'silent') return { state: 'unreadable', hint: SILENT, hanging: probe.hanging };
    if (probe.state === 'failed') return { state: 'unreadable', hint: answerOf(probe.words) };
    const rows = probe.lines.flatMap(toRows(nvidiaLineParser(probe.columns)));
    if (rows.length === 0) return { state: 'unreadable', hint: 'nvidia-smi lists no GPU' };
    const limits = await cardLimits(rows, machine.root);
    return { state: 'found', source: nvidiaSource({ program, columns: probe.columns, limits, machine }) };
  },
};

const SILENT = 'nvidia-smi does not answer: the driver may be hanging';

function answerOf(words: string): string {
  return `nvidia-smi answers: ${words}`;
}

async function withoutTool(machine: HardwareMachine): Promise<SourceSearch> {
  const driver = await readSystemFile(join(machine.root, 'proc/driver/nvidia/version'));
  if (driver === undefined) return { state: 'absent' };
  return {
    state: 'unreadable',
    hint: 'the NVIDIA driver is loaded but nvidia-smi is not on PATH; in a container pass --gpus all with the "utility" capability',
  };
}

interface CardLimit {
  readonly gen: number | undefined;
  readonly width: number | undefined;
}

interface NvidiaSetup {
  readonly program: string;
  readonly columns: readonly NvidiaColumn[];
  readonly limits: CardLimits;
  readonly machine: HardwareMachine;
}

const LEAST_SILENCE_MS = 10_000;
const SILENT_INTERVALS = 3;
// The driver may need seconds for its first answer where no other program keeps it awake.
const FIRST_SILENCE_MS = 20_000;

function nvidiaSource({ program, columns, limits, machine }: NvidiaSetup): GpuSource {
  const parse = toRows(nvidiaLineParser(columns));
  return {
    vendor: 'nvidia',
    start(intervalMs, { onSamples, onTrouble }) {
      const spoken = new SpokenWords();
      let previousMs = machine.clock.nowMs();
      const memory = new SystemMemoryReader(machine.root);
      const kept = keepLineProcess({
        program,
        args: [...queryArguments(columns), '-lms', String(Math.round(intervalMs))],
        env: machine.env,
        clock: machine.clock,
        silenceMs: Math.max(LEAST_SILENCE_MS, SILENT_INTERVALS * intervalMs),
        firstSilenceMs: FIRST_SILENCE_MS,
        onEnd: ({ reason, wasSilent, retryInMs }) => {
          onTrouble({ words: spoken.take() ?? (wasSilent ? SILENT : reason), retryInMs });
        },
        onLines(lines, atMs) {
          const rows = lines.flatMap((line) => spoken.sift(line, parse(line)));
          if (rows.length === 0) return false;
          onSamples(
            stampRows(rows, atMs, previousMs).map((sample) => withMemory(withCardLimit(sample, limits), memory)),
          );
          previousMs = atMs;
          return true;
        },
      });
      return {
        flush: () => kept.flush(),
        stop: () => {
          kept.stop();
          memory.close();
        },
      };
    },
    processes: () => computeProcesses(program, machine),
  };
}

function toRows(parse: (line: string) => NvidiaRow | undefined): (line: string) => NvidiaRow[] {
  return (line) => {
    const row = parse(line);
    return row === undefined ? [] : [row];
  };
}

/** What the tool says between its readings: of several lines in a row the first, which says what is wrong. */
class SpokenWords {
  #words: string | undefined;
  #isSpeaking = false;

  /** Passes on the reading that the line is. */
  sift<Row>(line: string, rows: readonly Row[]): readonly Row[] {
    if (rows.length === 0 && !this.#isSpeaking) this.#words = line.slice(0, LONGEST_WORDS);
    this.#isSpeaking = rows.length === 0;
    return rows;
  }

  /** The last that was said since it was asked before. */
  take(): string | undefined {
    const words = this.#words;
    this.#words = undefined;
    this.#isSpeaking = false;
    return words === undefined ? undefined : answerOf(words);
  }
}

/** By the card's UUID: its index moves when another card is lost. */
type CardLimits = ReadonlyMap<string, CardLimit>;

/**
 * What the cards themselves can do, from their PCI capability registers: the tool's own maximum is documented as that
 * of "this GPU and system", which hides a narrow slot.
 */
async function cardLimits(rows: readonly NvidiaRow[], root: string): Promise<CardLimits> {
  const limits = new Map<string, CardLimit>();
  for (const row of rows) {
    const address = row.pciAddress();
    const { uuid } = row.sampleAt(0);
    if (address === undefined || uuid === undefined) continue;
    const device = join(root, 'sys/bus/pci/devices', address);
    const width = Number(await readSystemFile(join(device, 'max_link_width')));
    limits.set(uuid, {
      gen: linkGeneration(await readSystemFile(join(device, 'max_link_speed'))),
      width: width > 0 ? width : undefined,
    });
  }
  return limits;
}

function withCardLimit(sample: GpuSample, limits: CardLimits): GpuSample {
  const limit = sample.uuid === undefined ? undefined : limits.get(sample.uuid);
  if (limit === undefined) return sample;
  return {
    ...sample,
    pcieGenMax: larger(sample.pcieGenMax, limit.gen),
    pcieWidthMax: larger(sample.pcieWidthMax, limit.width),
  };
}

/** A chip that shares the system's memory has all of it, and as much in use as the machine has. */
function withMemory(sample: GpuSample, memory: SystemMemoryReader): GpuSample {
  if (nvidiaMemoryKind(sample.name, sample.memoryTotalBytes) === 'dedicated') return sample;
  const { totalBytes, usedBytes } = memory.read();
  return { ...sample, memoryKind: 'unified', memoryTotalBytes: totalBytes, memoryUsedBytes: usedBytes };
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

const PROCESS_QUERY = ['--query-compute-apps=pid,used_gpu_memory,process_name', '--format=csv,noheader,nounits'];
// A benchmark waits for it.
const PROCESS_QUERY_TIMEOUT_MS = 3000;

async function computeProcesses(program: string, machine: HardwareMachine): Promise<readonly GpuProcess[] | undefined> {
  const { env, clock } = machine;
  const output = await runProgram(program, PROCESS_QUERY, { env, clock, timeoutMs: PROCESS_QUERY_TIMEOUT_MS });
  if (output.exitCode !== 0) return undefined;
  const processes = output.stdout.split('\n').flatMap(parseProcess);
  // Inside a container the tool lists nobody, whoever is at work.
  const blind = machine.platform === 'linux' && processes.length === 0 && !(await seesHostProcesses(machine.root));
  return blind ? undefined : processes;
}

function parseProcess(line: string): GpuProcess[] {
  const match = /^(\d+), ([^,]*), (.*)$/.exec(line.trim());
  if (match === null) return [];
  const [, pid, usedMib = '', name = ''] = match;
  const memoryBytes = /^\d+$/.test(usedMib) ? Number(usedMib) * MIB : undefined;
  return [{ pid: Number(pid), name: name === '' || name.startsWith('[') ? undefined : name, memoryBytes }];
}
