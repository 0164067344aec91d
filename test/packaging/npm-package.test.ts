import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { z } from 'zod';
import { benchmarkResultSchema } from '../../src/benchmark/result.js';
import { forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { plainly } from '../fixtures/plain-process.js';
import { TyphonProcess } from '../fixtures/typhon-process.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

// Outside of the repository, whose dependencies would be found from below it.
const folder = mkdtempSync(join(tmpdir(), 'typhon-package-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

async function output(command: readonly string[], cwd: string): Promise<string> {
  const [program, ...args] = plainly(command);
  return (await promisify(execFile)(program, args, { cwd })).stdout;
}

t.test('the package holds what a user needs and nothing else', async (t) => {
  const packed = await output(
    ['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    resolve('.'),
  );
  const [{ filename, files } = { filename: '', files: [] }] = z
    .array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }))
    .parse(JSON.parse(packed));
  const paths = files.map(({ path }) => path);
  for (const path of [
    'LICENSE',
    'README.md',
    'docs/install.md',
    'docs/images/page-light.png',
    'config/typhon.yaml',
    'config/typhon.schema.json',
    'config/prometheus.yml',
    'config/alertmanager.yml',
    'grafana/import/fleet.json',
    'config/prometheus/rules/typhon.yml',
    'dist/main.js',
    'dist/loading/start.cjs',
    'dist/commands/help.cjs',
    'dist/commands/installed.cjs',
    'dist/commands/report.cjs',
    'dist/commands/run.cjs',
    'dist/runner/child.cjs',
    'dist/runner/measuring.cjs',
    'dist/judging/judging-child.cjs',
    'dist/mcp/sdk.cjs',
    'dist/mcp/licences.txt',
    'packaging/systemd/typhon.service',
  ]) {
    t.ok(paths.includes(path), path);
  }
  const foreign = paths.filter(
    (path) => !/^(dist|config|docs|grafana\/(dashboards|import|provisioning)|packaging)\//.test(path),
  );
  t.strictSame(foreign.sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  t.notOk(paths.some((path) => path.endsWith('.tsbuildinfo')));

  await t.test('installed where nothing else is, it measures a server', async (t) => {
    const place = join(folder, 'place');
    mkdirSync(place);
    // Packages that `npm ci` has brought are taken from npm's cache.
    const install = ['npm', 'install', '--omit=dev', '--no-progress', '--prefer-offline', join(folder, filename)];
    await output(install, place);
    t.notOk(existsSync(join(place, 'node_modules/node-llama-cpp')), 'the exporter stays small');
    const typhon = join(place, 'node_modules/.bin/typhon');
    t.equal(await output([typhon, '--version'], place), `${manifest.version}\n`);

    const server = await forkFakeLlmServer({ contextLength: 2048, tokenGapMs: 0.05, ttftMs: 1 });
    t.teardown(() => server.close());
    const [program, ...args] = plainly([typhon, 'run', '--mode', 'quick', '--target', server.url, '--json']);
    const run = new TyphonProcess(spawn(program, args, { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] }));
    const { code, stdout, stderr } = await run.ended();
    t.equal(code, 0, stderr);
    const result = benchmarkResultSchema.parse(JSON.parse(stdout));
    t.ok(result.benchmarks.every(({ successful_runs: runs }) => runs > 0));
    const lastRun: unknown = JSON.parse(readFileSync(join(place, 'data/last_run.json'), 'utf8'));
    t.strictSame(benchmarkResultSchema.parse(lastRun).run_id, result.run_id);

    const reference = new TyphonProcess(spawn(typhon, ['reference', '--port', '0'], { cwd: place, stdio: 'pipe' }));
    const missing = await reference.ended();
    t.equal(missing.code, 1);
    t.match(missing.stderr, /npm install node-llama-cpp@3/);
  });
});
