/**
 * Node's module hooks for TypeScript: each source is translated once by esbuild and kept in `.cache/typescript/`, under
 * a name made from its path, its text and how it was translated. A module's URL stays that of its source.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const cache = new URL('../../.cache/typescript/', import.meta.url);
const esbuild = new URL('../../node_modules/esbuild/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(esbuild, 'utf8'));
/** @type {import('esbuild').TransformOptions} */
const options = {
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  tsconfigRaw: { compilerOptions: { target: 'ES2023', verbatimModuleSyntax: true } },
  jsx: 'automatic',
  jsxImportSource: 'preact',
};

/** @param {URL} url */
const isTypeScript = ({ protocol, pathname }) =>
  protocol === 'file:' && /\.tsx?$/.test(pathname) && !pathname.includes('/node_modules/');

/** @param {URL} file */
async function translated(file) {
  const source = readFileSync(file, 'utf8');
  const how = JSON.stringify([version, options, file.href, source]);
  const name = createHash('sha256').update(how).digest('hex');
  const kept = new URL(`${name}.js`, cache);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const { transformSync } = await import('esbuild');
  const loader = file.pathname.endsWith('x') ? 'tsx' : 'ts';
  const { code } = transformSync(source, { ...options, loader, sourcefile: fileURLToPath(file) });
  mkdirSync(cache, { recursive: true });
  // Another process may translate the same now: a kept file is whole or not there.
  const unfinished = new URL(`${name}.${process.pid}`, cache);
  writeFileSync(unfinished, code);
  renameSync(unfinished, kept);
  return code;
}

/**
 * `./x.js` means the source that it will be compiled from.
 *
 * @type {import('node:module').ResolveHook}
 */
export function resolve(specifier, context, next) {
  if (/^(\.|file:).*\.js$/.test(specifier)) {
    for (const ending of ['ts', 'tsx']) {
      const url = new URL(specifier.slice(0, -2) + ending, context.parentURL);
      if (isTypeScript(url) && existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
    }
  }
  return next(specifier, context);
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!URL.canParse(url)) return next(url, context);
  const file = new URL(url);
  if (!isTypeScript(file)) return next(url, context);
  // Of a module that tap mocks.
  file.search = '';
  // Further on are Node.js, which takes the text that it is given, and what counts the coverage.
  /** @type {{ format: 'module', source: string }} */
  const known = { format: 'module', source: await translated(file) };
  return next(url, { ...context, ...known });
}
