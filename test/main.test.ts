import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { watchLoadedFiles } from './fixtures/loaded-files.js';
import { plainly } from './fixtures/plain-process.js';

const program = resolve('dist/main.js');

function typhon(args: readonly string[], nodeOptions: readonly string[] = [], more: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, NODE_V8_COVERAGE: '', ...more };
  const [command, ...words] = plainly([process.execPath, ...nodeOptions, program, ...args]);
  return spawn(command, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'close');
  return code;
}

t.test('prints its version from package.json', async (t) => {
  const child = typhon(['--version']);
  const [stdout, code] = await Promise.all([text(child.stdout), ended(child)]);
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  t.equal(stdout, `${version}\n`);
  t.equal(code, 0);
});

t.test('ends with the exit code of the command, its words on stderr', async (t) => {
  const child = typhon(['nonsense']);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  t.equal(stdout, '');
  t.match(stderr, "error: unknown command 'nonsense'");
  t.equal(code, 2);
});

const asUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

/** The packages in these files and in the bundles among them. */
async function packagesOf(files: readonly string[]): Promise<Set<string | undefined>> {
  // The map beside a bundle names each source that it holds.
  const maps = files.filter((file) => file.startsWith(resolve('dist'))).map((file) => readFile(`${file}.map`, 'utf8'));
  const bundled = (await Promise.all(maps)).flatMap((map) => (JSON.parse(map) as { sources: string[] }).sources);
  const sources = [...files, ...bundled].join('\n');
  return new Set([...sources.matchAll(/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/g)].map(([, name]) => name));
}

// So that the time --help takes cannot creep up unseen.
t.test('loads nothing heavy to print its help', async (t) => {
  const { nodeFlags, env, paths } = watchLoadedFiles(t);
  t.equal(await ended(typhon(['--help'], nodeFlags, env)), 0);
  const loaded = paths();
  t.ok(loaded.includes(resolve('dist/commands/help.cjs')));
  const packages = await packagesOf(loaded);
  t.ok(packages.has('commander'));
  for (const name of ['zod', 'pino', 'yaml', 'koa', 'node-cron', 'systeminformation', 'node-llama-cpp']) {
    t.notOk(packages.has(name), name);
  }
});

// Nor that of a report: what only agents and runs need is not in its bundle.
t.test('loads a report and no other command', async (t) => {
  const { nodeFlags, env, paths } = watchLoadedFiles(t);
  const nothing = ['report', '--storage.path', t.testdir({})];
  const child = typhon(nothing, nodeFlags, { ...env, NODE_DISABLE_COMPILE_CACHE: '1' });
  const [stderr, code] = await Promise.all([text(child.stderr), ended(child)]);
  t.equal(code, 1);
  t.match(stderr, 'No benchmark has been recorded');
  const loaded = paths();
  const bundle = resolve('dist/commands/report.cjs');
  t.ok(loaded.includes(bundle));
  t.notOk(loaded.includes(resolve('dist/commands/installed.cjs')));
  const packages = await packagesOf(loaded);
  for (const name of ['commander', 'zod', 'yaml']) t.ok(packages.has(name), name);
  for (const name of ['koa', '@koa/router', 'prom-client', 'ws', 'bcryptjs', 'zod-openapi', 'systeminformation']) {
    t.notOk(packages.has(name), name);
  }
  t.ok((await stat(bundle)).size < 800_000, 'the whole program has two million bytes');
});

t.test('loads a run and no other command', async (t) => {
  const { nodeFlags, env, paths } = watchLoadedFiles(t);
  const nowhere = ['run', '--target', 'http://127.0.0.1:1', '--storage.path', t.testdir({})];
  const child = typhon(nowhere, nodeFlags, { ...env, NODE_DISABLE_COMPILE_CACHE: '1' });
  const [stderr, code] = await Promise.all([text(child.stderr), ended(child)]);
  t.equal(code, 1);
  t.match(stderr, 'http://127.0.0.1:1');
  const loaded = paths();
  t.ok(loaded.includes(resolve('dist/commands/run.cjs')));
  t.notOk(loaded.includes(resolve('dist/commands/installed.cjs')));
  const packages = await packagesOf(loaded);
  for (const name of ['koa', '@koa/router', 'ws', 'bcryptjs', 'zod-openapi']) {
    t.notOk(packages.has(name), name);
  }
});

t.test('a Node.js that is too old is told in one line', async (t) => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });";
  const child = typhon(['--version'], ['--import', asUrl(older)]);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  t.equal(stdout, '');
  t.equal(stderr, `typhon needs Node.js 20.15, 22.2 or newer; this is 18.20.8, at ${process.execPath}\n`);
  t.equal(code, 1);
});

// Fetched from npm, where the package `node` is the program itself: where the whole of the project is checked, and there alone.
const skipRealOld = process.env['CI'] === 'true' ? false : 'fetches Node.js 18; runs where CI=true';

t.test('so does a real one', { skip: skipRealOld }, async (t) => {
  const [npx, ...args] = plainly(['npx', '--yes', '--', 'node@18', program, '--version']);
  const child = spawn(npx, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  t.equal(stdout, '');
  t.match(stderr, /^typhon needs Node\.js .*; this is 18\.\d+\.\d+, at .*\n$/);
  t.equal(code, 1);
});

t.test('serves until Ctrl-C, which is its proper end', async (t) => {
  const child = typhon(['reference', '--port', '0', '--storage.path', t.testdir({})]);
  t.teardown(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
  t.match(await (await fetch(`${url}/v1/models`)).json(), { data: [{ id: 'typhon-reference-tiny' }] });
  const end = ended(child);
  child.kill('SIGINT');
  t.equal(await end, 0);
});

t.test('is not upset by a reader that has seen enough', async (t) => {
  const child = typhon(['--help']);
  child.stdout.destroy();
  const [stderr, code] = await Promise.all([text(child.stderr), ended(child)]);
  t.equal(stderr, '');
  t.equal(code, 0);
});
