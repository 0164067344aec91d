/** Small files of sysfs and procfs, each holding one value. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** The file's text without surrounding blanks; `undefined` where it cannot be read. */
export async function readSystemFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/** Names in a folder; none where it cannot be read. */
export async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch {
    return [];
  }
}

// A sysfs attribute is one page at most.
const PAGE_BYTES = 4096;

/**
 * A file that is opened once and read again and again from its start, which is how sysfs gives a fresh value. Reads
 * are synchronous on purpose: one costs about 1 µs of CPU, through the thread pool about 40 µs, and a card has some
 * fifteen files.
 */
export class KeptFile {
  readonly #path: string;
  #state: { readonly kind: 'unopened' | 'missing' } | { readonly kind: 'open'; readonly fd: number } = {
    kind: 'unopened',
  };

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The bytes now in the file, valid until any file's next read; `undefined` where the driver gives none. A file that
   * does not exist or may not be read is not tried again.
   */
  readBytes(): Buffer | undefined {
    if (this.#state.kind === 'unopened') this.#open();
    if (this.#state.kind !== 'open') return undefined;
    try {
      return page.subarray(0, readSync(this.#state.fd, page, 0, PAGE_BYTES, 0));
    } catch {
      return undefined;
    }
  }

  readText(): string | undefined {
    return this.readBytes()?.toString('utf8').trim();
  }

  /** The file's whole number; `undefined` where it holds none. */
  readNumber(): number | undefined {
    const text = this.readText();
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  }

  /** A closed file reads as missing. */
  close(): void {
    if (this.#state.kind === 'open') closeSync(this.#state.fd);
    this.#state = { kind: 'missing' };
  }

  #open(): void {
    try {
      this.#state = { kind: 'open', fd: openSync(this.#path, 'r') };
    } catch {
      this.#state = { kind: 'missing' };
    }
  }
}

// Reads are synchronous and their bytes decoded at once, so all files can share one page.
const page = Buffer.alloc(PAGE_BYTES);

/** The files of one device, opened as they are first read and closed together. */
export class KeptFolder {
  readonly #path: string;
  readonly #files = new Map<string, KeptFile>();

  constructor(path: string) {
    this.#path = path;
  }

  /** `name` is relative to the folder. */
  file(name: string): KeptFile {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = new KeptFile(`${this.#path}/${name}`);
      this.#files.set(name, file);
    }
    return file;
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
  }
}
