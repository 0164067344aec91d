/**
 * Holds the coverage of the last full test run against explicit numbers, and names every source file that no test
 * loaded: tap leaves such files out of its report, so without this they would cost nothing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

/** Least percentages over all of src/. Raise them as the figures rise; never lower them. */
const least = { statements: 90, branches: 90, functions: 85, lines: 90 };

// Hooks, as the components that they serve, and the worker's start run in the browser of test/integration/web-*.test.ts,
// which is not counted.
const inBrowserAlone = /^web\/(?:\w+\/use-[\w-]+|offline\/worker)\.ts$/;
// What the program alone loads: test/integration/ runs it as it is built, with its bundles, in which what is covered cannot be told
// from what the build has made of it, so that it is not counted.
const inProgramAlone = new Set([
  'commands/demo/measured-once.ts',
  'commands/installed.ts',
  'commands/mcp/local-services.ts',
  'commands/reference/reference-process.ts',
  'commands/run/foreground-run.ts',
  'commands/start.ts',
  'executable/main.ts',
  'loading/runner.ts',
  'loading/start.ts',
  'main.ts',
  'mcp/agent-tools.ts',
  'mcp/stdio-server.ts',
]);

const summaryPath = '.tap/report/coverage-summary.json';

/**
 * Whether the compiled file does nothing when loaded: a source of types alone has nothing to cover.
 *
 * @param {string} source path below src/
 */
function hasTypesOnly(source) {
  const compiled = join('dist', source.replace(/\.ts$/, '.js'));
  if (!existsSync(compiled)) return false;
  const code = readFileSync(compiled, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return code.trim() === 'export {};';
}

if (!existsSync(summaryPath)) {
  console.error(`coverage: ${summaryPath} is missing; run the whole suite with coverage first`);
  process.exit(1);
}

/** @type {Record<string, Record<string, { total: number, covered: number }>>} */
const report = JSON.parse(readFileSync(summaryPath, 'utf8'));
// Its own total counts packages too, which the built program holds.
const files = Object.entries(report).filter(([file]) => resolve(file).startsWith(join(resolve('src'), '/')));
const problems = [];
const figures = [];
for (const [what, wanted] of Object.entries(least)) {
  const sum = (/** @type {'total' | 'covered'} */ part) =>
    files.reduce((all, [, file]) => all + (file[what]?.[part] ?? 0), 0);
  const total = sum('total');
  const got = total === 0 ? 100 : Math.floor((10_000 * sum('covered')) / total) / 100;
  figures.push(`${what} ${got} %`);
  if (got < wanted) problems.push(`${what}: expected at least ${wanted} %, got ${got} %`);
}

const loaded = new Set(files.map(([file]) => resolve(file)));
for (const source of readdirSync('src', { recursive: true, encoding: 'utf8' }).sort()) {
  if (!source.endsWith('.ts') || source.endsWith('.d.ts') || loaded.has(resolve('src', source))) continue;
  if (inBrowserAlone.test(source) || inProgramAlone.has(source)) continue;
  if (!hasTypesOnly(source)) problems.push(`src/${source}: no test loads it`);
}

console.log(`coverage: ${figures.join(', ')}`);
for (const problem of problems) console.error(`coverage: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
