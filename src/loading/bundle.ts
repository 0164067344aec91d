/** Loads a file that the build has bundled, with what V8 made of it at an earlier start: to compile it takes longest. */
import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { Script } from 'node:vm';

export interface BundleOptions {
  /** Where compiled code is kept; `undefined`: nowhere. */
  readonly folder: string | undefined;
  /** Starts of one kind run much the same code and share what is kept. Letters and hyphens. */
  readonly kind: string;
}

export interface Bundle {
  /** Not checked: what it is, the build has put there. */
  readonly exports: unknown;
  /** Keeps what has been compiled by now, where nothing is kept yet. Never throws: it is only slower without. */
  readonly keep: () => void;
}

// V8 compares no more of a source than its length: the build names what is in a bundle in its first line.
const nameLine = /^\/\/ ([0-9a-f]{16})\n/;

// A version that nobody starts any longer.
const UNUSED_MS = 30 * 24 * 3_600_000;

const WRITABLE_BY_OTHERS = 0o022;

const PIECE_BYTES = 256 * 1024;

const DIGEST_BYTES = 32;

const PLACE_DIGITS = 8;

/** @param file absolute path of a CommonJS file */
export function loadBundle(file: string, { folder, kind }: BundleOptions): Bundle {
  const require = createRequire(file);
  const source = folder === undefined ? '' : textOf(file);
  const name = nameLine.exec(source)?.[1];
  if (folder === undefined || name === undefined) return { exports: require(file), keep: () => undefined };
  // What is kept names the file in its stack traces: another installation of the same build has its own.
  const place = createHash('sha256').update(file).digest('hex').slice(0, PLACE_DIGITS);
  const path = join(folder, `${kind}-${name}-${place}-${process.versions.v8}-${process.arch}.bin`);
  const cachedData = readOwn(path);
  const head = '(function (exports, require, module, __filename, __dirname) {';
  const script = new Script(`${head}${source}\n})`, {
    filename: file,
    columnOffset: -head.length,
    cachedData,
  });
  // Code that was kept has forgotten how modules are imported (Node.js 20): the build has bundles ask for it.
  const module = { exports: {}, importModule: (name: string): Promise<unknown> => import(name) };
  script.runInThisContext().call(module.exports, module.exports, require, module, file, dirname(file));
  const isKept = cachedData !== undefined && script.cachedDataRejected !== true;
  return {
    exports: module.exports,
    keep: () => {
      if (!isKept) write(path, () => script.createCachedData());
    },
  };
}

/**
 * Read in pieces: once megabytes have been given back at once, glibc keeps as many of those that are given back later.
 * The build writes ASCII, which needs no decoding: that of two megabytes takes 5 ms.
 */
function textOf(path: string): string {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const file = openSync(path, 'r');
  try {
    let text = '';
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
      const bytes = piece.subarray(0, read);
      if (!isAscii(bytes)) return readFileSync(path, 'utf8');
      text += bytes.toString('latin1');
    }
    return text;
  } finally {
    closeSync(file);
  }
}

/** Code that somebody else could have put there is not run, nor what a bad disk has changed: V8 takes it as it is. */
function readOwn(path: string): Buffer | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const { uid, mode } = fstatSync(file);
      const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & WRITABLE_BY_OTHERS) === 0);
      return isOwn ? intact(readFileSync(file)) : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** The code behind its digest; `undefined` where that is another's. */
function intact(kept: Buffer): Buffer | undefined {
  const code = kept.subarray(DIGEST_BYTES);
  return digestOf(code).equals(kept.subarray(0, DIGEST_BYTES)) ? code : undefined;
}

function digestOf(code: Buffer): Buffer {
  return createHash('sha256').update(code).digest();
}

/** Where it cannot be written, on a full disk or in a read-only home, every start compiles again. */
function write(path: string, compiled: () => Buffer): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Whole before it has its name: half of it, after a power cut, would still be taken for code.
    const code = compiled();
    writeFileSync(temporary, digestOf(code), { mode: 0o600, flag: 'wx' });
    writeFileSync(temporary, code, { flag: 'a', flush: true });
    renameSync(temporary, path);
    clearUnused(dirname(path));
  } catch {
    // What of it is there goes with what no start has used for long.
    return;
  }
}

/** Also what could not be written whole. */
function clearUnused(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.includes('.bin') && Date.now() - statSync(path).mtimeMs > UNUSED_MS) rmSync(path, { force: true });
  }
}
