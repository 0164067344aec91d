/**
 * Bundles the program into `dist/main.js` and the programs of its children, over what the compiler has written there:
 * a start that opens a dozen files instead of five hundred takes half the time and less memory. What runs as a worker
 * or from a path of its own, and what most runs never load, stays a package.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

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

rmSync('dist/chunks', { recursive: true, force: true });
await build({
  ...common,
  entryPoints: ['src/main.ts', 'src/judging/judging-child.ts'],
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  external: ['node-llama-cpp', 'nodemailer', 'pino', 'pino-pretty', 'systeminformation'],
  // For packages that are CommonJS.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
// In one file and as CommonJS: every run waits for the runner's start, and Node's loader of modules takes 20 ms of it.
await build({
  ...common,
  entryPoints: ['src/runner/child.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  supported: { 'dynamic-import': false },
});
