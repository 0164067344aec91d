/**
 * Makes the single program `dist/program/typhon`, and puts beside it what is published with it. Inside are this Node.js,
 * typhon, the packages that it needs, its page, and llama.cpp for this kind of machine. To be run after `npm run build`, whose page it takes.
 * `--quick` packs llama.cpp less tightly, for a program that is only tried out.
 *
 * @see https://nodejs.org/api/single-executable-applications.html
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { inject } from 'postject';
import { archiveOf } from './archive.mjs';
import { deferredSchemas } from './deferred-schemas.mjs';
import { licenceTexts } from './licences.mjs';

const target = 'dist/program';
const staging = join(target, 'parts');
const program = join(target, process.platform === 'win32' ? 'typhon.exe' : 'typhon');
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

rmSync(target, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });

/**
 * Packages that others use where they happen to be installed. Asked for inside of the program, Node.js would warn; like
 * this they are missing without a word.
 *
 * @type {import('esbuild').Plugin}
 */
const absentPackages = {
  name: 'absent-packages',
  setup({ onResolve, onLoad }) {
    const filter = /^(bufferutil|utf-8-validate|osx-temperature-sensor|macos-temperature-sensor)$/;
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter, namespace: 'absent' }, ({ path }) => ({
      contents: `throw new Error('there is no ${path} here');`,
    }));
  },
};

// As CommonJS, which is all that Node.js runs from inside of itself.
const code = await build({
  entryPoints: ['src/executable/main.ts'],
  outfile: join(staging, 'main.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  metafile: true,
  plugins: [absentPackages, deferredSchemas('src')],
  external: ['node-llama-cpp'],
  define: { 'import.meta.url': 'typhonUrl' },
  banner: { js: "const typhonUrl = require('node:url').pathToFileURL(process.execPath).href;" },
  // Where the code asks for a module, it is there already: no promise's turn is waited for.
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
});

/** @type {Record<string, string>} paths by the names that the program asks for */
const assets = { 'package.json': 'package.json' };
for (const entry of readdirSync('dist/web', { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile()) assets[`web/${relative('dist/web', path).replaceAll('\\', '/')}`] = path;
}

const engine = await engineFiles();
if (engine === undefined)
  console.warn('no llama.cpp for this kind of machine: the program cannot serve the reference model');
else {
  const archive = archiveOf(engine.files, { quick: process.argv.includes('--quick') });
  const digest = createHash('sha256').update(archive).digest('hex').slice(0, 16);
  writeFileSync(join(staging, 'engine'), archive);
  writeFileSync(join(staging, 'engine-digest'), digest);
  assets['engine'] = join(staging, 'engine');
  assets['engine-digest'] = join(staging, 'engine-digest');
}

const blob = join(staging, 'typhon.blob');
const settings = { main: join(staging, 'main.cjs'), output: blob, assets, disableExperimentalSEAWarning: true };
const settingsPath = join(staging, 'sea-config.json');
writeFileSync(settingsPath, JSON.stringify({ ...settings, useCodeCache: true }));
execFileSync(process.execPath, ['--experimental-sea-config', settingsPath], { stdio: ['ignore', 'ignore', 'inherit'] });

copyFileSync(process.execPath, program);
chmodSync(program, 0o755);
// A signature that no longer fits is refused by macOS; Windows takes a program without one.
if (process.platform === 'darwin') execFileSync('codesign', ['--remove-signature', program]);
await inject(program, 'NODE_SEA_BLOB', readFileSync(blob), {
  sentinelFuse: FUSE,
  ...(process.platform === 'darwin' && { machoSegmentName: 'NODE_SEA' }),
});
if (process.platform === 'darwin') execFileSync('codesign', ['--sign', '-', program]);

const inputs = [...Object.keys(code.metafile.inputs), ...(engine?.files.keys() ?? [])];
writeFileSync(join(target, 'LICENCES.txt'), licenceTexts(inputs));
for (const path of ['config', 'packaging/systemd']) {
  const filter = (/** @type {string} */ each) => basename(each) !== 'tests';
  cpSync(path, join(target, path), { recursive: true, filter });
}
rmSync(staging, { recursive: true });

/**
 * The files of node-llama-cpp that run when the reference model is served, as they lie below `node_modules`: found by
 * following their imports. `undefined` where it brings no llama.cpp for this kind of machine.
 */
async function engineFiles() {
  const scope = 'node_modules/@node-llama-cpp';
  // Those that no one needs are replaced by an empty package.
  const platform = readdirSync(scope).find((name) => readdirSync(join(scope, name)).includes('bins'));
  if (platform === undefined) return undefined;
  const entries = ['node_modules/node-llama-cpp/dist/index.js', join(scope, platform, 'dist/index.js')];
  // What it forks to try a library.
  entries.push('node_modules/node-llama-cpp/dist/bindings/utils/testBindingBinary.js');
  const { metafile } = await build({
    entryPoints: entries,
    outdir: staging,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    external: ['electron', '@node-llama-cpp/*', '@reflink/reflink'],
    logLevel: 'warning',
  });
  const sources = Object.keys(metafile.inputs);
  const binaries = readdirSync(join(scope, platform, 'bins'), { recursive: true, withFileTypes: true });
  const paths = [
    ...sources,
    ...new Set(sources.flatMap(manifestsOf)),
    ...binaries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)),
    ...['binariesGithubRelease.json', 'llama.cpp.info.json'].map((name) => `node_modules/node-llama-cpp/llama/${name}`),
  ];
  const files = new Map([...new Set(paths)].map((path) => [path.replaceAll('\\', '/'), readFileSync(path)]));
  files.set('import.cjs', Buffer.from('module.exports = (url) => import(url);\n'));
  return { files };
}

/**
 * Every package.json that says something of a file: its package's, and those of folders between, which may tell another
 * kind of module.
 *
 * @param {string} path
 * @returns {readonly string[]}
 */
function manifestsOf(path) {
  const folder = dirname(path);
  if (basename(folder) === 'node_modules') return [];
  const manifest = join(folder, 'package.json');
  return [...(existsSync(manifest) ? [manifest] : []), ...manifestsOf(folder)];
}
