/**
 * Builds the web page into `dist/web`: scripts and styles under names with a hash in them, every file beside its
 * compressed forms, and the manifest that the agent serves them by.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import process from 'node:process';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const source = 'src/web';
const target = 'dist/web';
/** What the tab shows in place of the plain icon, by how the machine is. */
const icons = ['well', 'trouble', 'waiting'];
/** Of the page once it is installed. */
const pictures = ['icon-192', 'icon-512', 'maskable-512'];
// Renamed at the end, so that an agent that serves meanwhile never meets half of a page.
const staging = `${target}.${process.pid}`;

/** @type {Readonly<Record<string, string>>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

const { outputFiles } = await build({
  entryPoints: [
    `${source}/main.tsx`,
    `${source}/style.css`,
    `${source}/icon.svg`,
    ...icons.map((name) => `${source}/icons/${name}.svg`),
    ...pictures.map((name) => `${source}/icons/${name}.png`),
  ],
  outdir: '/assets',
  write: false,
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'copy', '.png': 'copy' },
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  legalComments: 'none',
  logLevel: 'warning',
});

/** @type {Map<string, Uint8Array>} contents by URL path */
const contents = new Map(outputFiles.map(({ path, contents }) => [`/assets/${basename(path)}`, contents]));

/** @param {string | Uint8Array} content */
function hashOf(content) {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

/** @param {RegExp} pattern */
function nameOf(pattern) {
  const name = [...contents.keys()].find((path) => pattern.test(basename(path)));
  if (name === undefined) throw new Error(`the build has no file like ${pattern}`);
  return name;
}

const licences = ['preact', 'uplot'].map(
  (name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}\n`,
);
const licenceText = Buffer.from(licences.join('\n\n'));
contents.set(`/assets/licences-${hashOf(licenceText)}.txt`, licenceText);

/** @param {string} text @param {string} file such as `well.svg` */
function withNameOf(text, file) {
  const [name, kind] = file.split('.');
  return text.replace(`"${file}"`, `"${nameOf(new RegExp(`^${name}-[A-Z0-9]+\\.${kind}$`)).slice(1)}"`);
}

const html = ['icon', ...icons].reduce(
  (text, name) => withNameOf(text, `${name}.svg`),
  readFileSync(`${source}/index.html`, 'utf8')
    .replace('main.tsx', nameOf(/^main-.*\.js$/).slice(1))
    .replace('style.css', nameOf(/^style-.*\.css$/).slice(1)),
);
const webManifest = ['icon.svg', ...pictures.map((name) => `${name}.png`)].reduce(
  withNameOf,
  readFileSync(`${source}/manifest.webmanifest`, 'utf8'),
);
// Nobody but an installation asks for the pictures, and that is done by the browser itself; nobody but a reader for the licences.
const unkept = ['.png', '.txt'];
const kept = [...contents.keys(), '/manifest.webmanifest'].filter((path) => !unkept.includes(extname(path)));
const { outputFiles: workers } = await build({
  entryPoints: [`${source}/offline/worker.ts`],
  write: false,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  define: { PAGE_BUILD: '"%BUILD%"', PAGE_FILES: JSON.stringify(kept.map((path) => path.slice(1)).sort()) },
  legalComments: 'none',
  logLevel: 'warning',
});
const worker = workers.map(({ text }) => text).join('');
const buildId = hashOf([html, webManifest, worker].join('\n'));
contents.set('/', Buffer.from(html.replace('%BUILD%', buildId)));
contents.set('/manifest.webmanifest', Buffer.from(webManifest));
contents.set('/worker.js', Buffer.from(worker.replaceAll('%BUILD%', buildId)));

rmSync(staging, { recursive: true, force: true });
mkdirSync(join(staging, 'assets'), { recursive: true });
/** @type {Record<string, { path: string, type: string }>} */
const files = {};
for (const [url, bytes] of contents) {
  const path = url === '/' ? 'index.html' : url.slice(1);
  writeFileSync(join(staging, path), bytes);
  writeFileSync(join(staging, `${path}.gz`), gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
  writeFileSync(join(staging, `${path}.br`), brotliCompressSync(bytes));
  files[url] = { path, type: types[extname(path)] ?? 'application/octet-stream' };
}
writeFileSync(join(staging, 'manifest.json'), `${JSON.stringify({ build: buildId, files }, null, 2)}\n`);
rmSync(target, { recursive: true, force: true });
renameSync(staging, target);
