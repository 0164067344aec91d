import { join } from 'node:path';
import { KeptFile } from './system-file.js';

// The kernel's `kB`.
const KIB = 1024;

/** The machine's memory in bytes; `undefined` where the system does not tell. */
export interface SystemMemory {
  readonly totalBytes: number | undefined;
  /** Not to be had by anybody else, caches that can be dropped left out. */
  readonly usedBytes: number | undefined;
}

/** Reads `/proc/meminfo` below a root, as often as it is asked. */
export class SystemMemoryReader {
  readonly #file: KeptFile;

  constructor(root: string) {
    this.#file = new KeptFile(join(root, 'proc/meminfo'));
  }

  read(): SystemMemory {
    const text = this.#file.readText() ?? '';
    const totalBytes = bytesOf('MemTotal', text);
    const availableBytes = bytesOf('MemAvailable', text);
    const isKnown = totalBytes !== undefined && availableBytes !== undefined;
    return { totalBytes, usedBytes: isKnown ? totalBytes - availableBytes : undefined };
  }

  close(): void {
    this.#file.close();
  }
}

function bytesOf(name: string, text: string): number | undefined {
  const kib = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * KIB;
}
