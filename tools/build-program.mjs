/**
 * Bundles the program into `dist/main.js` and the programs of its children, over what the compiler has written there:
 * a start that opens a dozen files instead of five hundred takes half the time and less memory. What runs as a worker
 * or from a path of its own, and what most runs never load, stays a package.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist/chunks', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts', 'src/runner/child.ts', 'src/api/judging-child.ts'],
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  external: ['node-llama-cpp', 'nodemailer', 'pino', 'pino-pretty', 'systeminformation'],
  // For packages that are CommonJS.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
