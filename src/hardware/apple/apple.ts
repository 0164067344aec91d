/** Apple GPUs through `macmon pipe`, where it is installed. */
import * as z from 'zod';
import { blankSample, type GpuSample } from '../gpu-sample.js';
import type { GpuSource, GpuSourcePlugin, HardwareMachine } from '../gpu-source.js';
import { keepLineProcess } from '../system/line-process.js';
import { findProgram } from '../system/program.js';

export const apple: GpuSourcePlugin = {
  vendor: 'apple',
  async find(machine) {
    if (machine.platform !== 'darwin') return { state: 'absent' };
    const program = await findProgram('macmon', machine, ['/opt/homebrew/bin', '/opt/local/bin']);
    if (program === undefined) {
      return { state: 'unreadable', hint: 'macOS tells GPU figures to macmon alone: brew install macmon' };
    }
    return { state: 'found', source: appleSource(program, machine) };
  },
};

const known = z.number().optional().catch(undefined);

/** The needed fields of a line. `gpu_usage` is a pair of MHz and ratio in versions before the two fields above it. */
const macmonSchema = z.object({
  temp: z.object({ gpu_temp_avg: known }).optional().catch(undefined),
  memory: z.object({ ram_total: known, ram_usage: known }).optional().catch(undefined),
  gpu_freq_mhz: known,
  gpu_active_ratio: known,
  gpu_usage: z.tuple([z.number(), z.number()]).optional().catch(undefined),
  gpu_power: z.number(),
});

const LEAST_SILENCE_MS = 10_000;
const SILENT_INTERVALS = 3;
const FIRST_SILENCE_MS = 20_000;

function appleSource(program: string, machine: HardwareMachine): GpuSource {
  return {
    vendor: 'apple',
    start(intervalMs, { onSamples, onTrouble }) {
      return keepLineProcess({
        program,
        args: ['pipe', '-i', String(Math.round(intervalMs))],
        env: machine.env,
        clock: machine.clock,
        silenceMs: Math.max(LEAST_SILENCE_MS, SILENT_INTERVALS * intervalMs),
        firstSilenceMs: FIRST_SILENCE_MS,
        onEnd: ({ reason, retryInMs }) => onTrouble({ words: reason, retryInMs }),
        onLines(lines, atMs) {
          const samples = lines.map((line) => parseMacmonLine(line, atMs)).filter((sample) => sample !== undefined);
          if (samples.length === 0) return false;
          onSamples(samples);
          return true;
        },
      });
    },
    processes: async () => undefined,
  };
}

/** One reading from a line of `macmon pipe`; `undefined` where it is not one. */
export function parseMacmonLine(line: string, atMs: number): GpuSample | undefined {
  const parsed = macmonSchema.safeParse(parseJson(line));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  return {
    ...blankSample('apple', 0, atMs),
    memoryKind: 'unified',
    memoryUsedBytes: data.memory?.ram_usage,
    memoryTotalBytes: data.memory?.ram_total,
    // A sensor that sleeps with the GPU reads 0.
    tempC: data.temp?.gpu_temp_avg === 0 ? undefined : data.temp?.gpu_temp_avg,
    powerW: data.gpu_power,
    utilRatio: data.gpu_active_ratio ?? data.gpu_usage?.[1],
    smClockMhz: data.gpu_freq_mhz ?? data.gpu_usage?.[0],
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
