/**
 * Bundles the program into `dist/main.js`, what that loads, and the programs of its children, over what the compiler has
 * written there: a start that opens four files instead of five hundred takes a third of the time and less memory. What
 * most runs never load, and where a package needs a path of its own, stays a package.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { deferredSchemas } from './deferred-schemas.mjs';
import { packageLicences } from './licences.mjs';

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
};

await build({ ...common, entryPoints: ['src/main.ts'], format: 'esm' });

// As CommonJS, in one file each: Node's loader of ES modules takes 20 ms more.
const NO_NAME = `// ${'0'.repeat(16)}`;
/** @type {import('esbuild').BuildOptions & { write: false }} */
const bundle = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  write: false,
  // To be read before it runs: a third less of it. Names and lines stay for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  external: ['node-llama-cpp', 'nodemailer', 'pino-pretty', 'systeminformation'],
  banner: {
    js: [
      NO_NAME,
      "'use strict';",
      "const bundleUrl = require('node:url').pathToFileURL(__filename).href;",
      'const bundleImport = module.importModule ?? ((name) => import(name));',
    ].join('\n'),
  },
  define: { 'import.meta.url': 'bundleUrl' },
};
// Of the 2,500 media types that koa's packages know twice over, those that something here is served or asked for as: the
// tables that they make of all take 2 MB and 10 ms of each start.
const servedTypes =
  /^(?:text\/.*|image\/(?:png|svg\+xml)|application\/(?:javascript|json|manifest\+json|octet-stream|x-www-form-urlencoded|xml))$/;
/** @type {import('esbuild').Plugin} */
const fewMediaTypes = {
  name: 'few-media-types',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]mime-db[\\/]db\.json$/ }, ({ path }) => {
      const known = Object.entries(JSON.parse(readFileSync(path, 'utf8')));
      const few = known.filter(([type]) => servedTypes.test(type));
      return { contents: JSON.stringify(Object.fromEntries(few)), loader: 'json' };
    });
  },
};
// What tells of deprecated calls looks at its load for who asks, for which V8 counts the lines of the whole bundle. None is called.
/** @type {import('esbuild').Plugin} */
const nothingDeprecated = {
  name: 'nothing-deprecated',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/]depd[\\/]index\.js$/ }, () => ({
      contents: `module.exports = () => Object.assign(() => {}, { function: (called) => called, property: () => {} });`,
    }));
  },
};
// Koa asks of each body that it is given whether it is one of the web's, with which Node.js loads all of its `fetch`: none is.
/** @type {import('esbuild').Plugin} */
const noWebBodies = {
  name: 'no-web-bodies',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/]koa[\\/]lib[\\/](?:application|response)\.js$/ }, ({ path }) => {
      const asking = /\b(?:body|val) instanceof (?:ReadableStream|Response)\b/g;
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll(asking, 'false');
      if (contents === source) throw new Error(`${path} no longer asks that`);
      return { contents };
    });
  },
};
// Commands that are programs of their own, for which commander takes what starts them along: there are none.
/** @type {import('esbuild').Plugin} */
const noSubprograms = {
  name: 'no-subprograms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer) ? { path: 'none', namespace: 'no-subprograms' } : undefined,
    );
    onLoad({ filter: /^none$/, namespace: 'no-subprograms' }, () => ({ contents: 'module.exports = {};' }));
  },
};
// The help takes none of what a command loads once it acts.
/** @type {import('esbuild').Plugin} */
const actionsLeftOut = {
  name: 'actions-left-out',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};
// Commands that people wait for have a bundle that knows no other command: it is read and made ready before they act.
/** @type {(name: string, file: string) => import('esbuild').Plugin} */
const commandAlone = (name, file) => ({
  name: 'command-alone',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]commands[\\/]registry\.ts$/ }, () => ({
      contents: `import { ${name} } from '${file}';\nexport const commands = [${name}];`,
      loader: 'ts',
    }));
  },
});
// What agents speak is a file that nothing else loads, and no package of an installation.
/** @type {import('esbuild').Plugin} */
const sdkApart = {
  name: 'sdk-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/sdk\.js$/ }, () => ({ path: '../mcp/sdk.cjs', external: true }));
  },
};
const { metafile } = await build({
  ...common,
  entryPoints: ['src/mcp/sdk.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  metafile: true,
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
});
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const texts = packageLicences(Object.keys(metafile.inputs), Object.keys(dependencies));
writeFileSync('dist/mcp/licences.txt', texts.join('\n'));

const programs = {
  'commands/installed': 'src/commands/installed.ts',
  'judging/judging-child': 'src/judging/judging-child.ts',
  'loading/start': 'src/loading/start.ts',
  'runner/child': 'src/loading/runner.ts',
  'runner/measuring': 'src/runner/child.ts',
};
const schemas = deferredSchemas('src');
const built = await Promise.all([
  build({
    ...bundle,
    entryPoints: programs,
    plugins: [sdkApart, fewMediaTypes, nothingDeprecated, noWebBodies, schemas],
  }),
  build({
    ...bundle,
    entryPoints: { 'commands/help': 'src/commands/installed.ts' },
    plugins: [actionsLeftOut, noSubprograms, schemas],
  }),
  build({
    ...bundle,
    entryPoints: { 'commands/report': 'src/commands/installed.ts' },
    plugins: [commandAlone('report', './report.js'), noSubprograms, schemas],
  }),
  build({
    ...bundle,
    entryPoints: { 'commands/run': 'src/commands/installed.ts' },
    plugins: [commandAlone('run', './run/run.js'), noSubprograms, schemas],
  }),
]);
for (const { path, contents, text } of built.flatMap(({ outputFiles }) => outputFiles)) {
  const name = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  // Code that was compiled earlier cannot import by itself; what is Node's own needs no loader of ES modules.
  const named = () =>
    text
      .replace(NO_NAME, `// ${name}`)
      // One shape for all: of hundreds of objects that begin with names of their own V8 keeps each, in a list that it sorts.
      .replaceAll(/\b(__esm|__commonJS)\(\{\s*"(?:[^"\\]|\\[\s\S])*"\(/g, '$1({load(')
      .replaceAll(/import\(("node:[^"]+")\)/g, 'Promise.resolve(require($1))')
      .replaceAll('import("', 'bundleImport("');
  writeFileSync(path, text.startsWith(NO_NAME) ? named() : contents);
}

// What tests have kept of an earlier build, and nobody starts again: see test/fixtures/kept-code.ts.
rmSync('.cache/typhon', { recursive: true, force: true });
