/**
 * NVIDIA's GPUs as the driver lists them. `systeminformation` asks `nvidia-smi` only where `lspci` is installed, which
 * it is not in most containers, and never for the UUID.
 */

import { MIB } from '../../shared/units.js';
import type { HardwareMachine } from '../gpu-source.js';
import { answerWithin } from '../system/deadline.js';
import { runProgram } from '../system/program.js';
import { findNvidiaSmi } from './nvidia-smi.js';

export interface NvidiaGpu {
  readonly uuid: string | undefined;
  readonly pciBus: string | undefined;
  readonly driverVersion: string | undefined;
  /** `undefined` where the driver does not tell, as for GPUs that use the system's memory. */
  readonly memoryBytes: number | undefined;
  readonly name: string;
}

export type NvidiaInventory =
  | { readonly state: 'absent' }
  /** It does not answer, and whoever else runs it will wait too: the driver hangs. */
  | { readonly state: 'silent' }
  | { readonly state: 'failed'; readonly problem: string }
  /** In the order of the driver's own index. */
  | {
      readonly state: 'read';
      readonly gpus: readonly NvidiaGpu[];
      /** Its own words where it could not read all. */
      readonly problem?: string;
    };

// The name comes last: it is the one field that could hold a comma.
const fields = ['index', 'uuid', 'pci.bus_id', 'driver_version', 'memory.total', 'name'];
const args = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];

export async function readNvidiaInventory(
  machine: Pick<HardwareMachine, 'platform' | 'root' | 'env'>,
  timeoutMs: number,
): Promise<NvidiaInventory> {
  const program = await findNvidiaSmi(machine);
  if (program === undefined) return { state: 'absent' };
  // A process that waits in the kernel does not end when it is killed, so its end is not waited for either.
  const answer = await answerWithin(timeoutMs, () => runProgram(program, args, { env: machine.env, timeoutMs }));
  if (answer.state !== 'answered' || answer.value.exitCode === undefined) return { state: 'silent' };
  const { exitCode, stdout, stderr } = answer.value;
  const gpus = stdout.split('\n').flatMap(gpuOf);
  // It explains itself on stdout, and ends with 0 for `No devices were found` too.
  const words = `${stdout}\n${stderr}`.split('\n').find((line) => line.trim() !== '' && gpuOf(line).length === 0);
  if (gpus.length > 0)
    return exitCode === 0 || !words ? { state: 'read', gpus } : { state: 'read', gpus, problem: words };
  return { state: 'failed', problem: words || `exit code ${exitCode}` };
}

function gpuOf(line: string): NvidiaGpu[] {
  const values = line.split(',').map((value) => value.trim());
  const [index, uuid, pciBus, driverVersion, memoryMib] = values.map(known);
  const name = known(values.slice(fields.length - 1).join(', '));
  if (index === undefined || !/^\d+$/.test(index) || name === undefined) return [];
  return [{ uuid, pciBus, driverVersion, memoryBytes: bytesOf(memoryMib), name }];
}

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `ERR!` and the like stand for no value. */
function known(value: string): string | undefined {
  return /^$|^\[.*\]$|^N\/A$|^ERR!$/.test(value) ? undefined : value;
}

function bytesOf(mib: string | undefined): number | undefined {
  const number = Number(mib);
  return Number.isFinite(number) && number > 0 ? number * MIB : undefined;
}
