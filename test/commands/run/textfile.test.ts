import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import type { TestResult } from '../../../src/benchmark/result.js';
import { recordResult } from '../../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../../src/chronicle/storage.js';
import { runCommandLine } from '../../../src/commands/program.js';
import { checkTextfileFolder, writeTextfile } from '../../../src/commands/run/textfile.js';
import { loadConfig } from '../../../src/config/load.js';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';
import { commandFixture } from '../../fixtures/command-context.js';

const logger = pino({ level: 'silent' });

t.test('holds the newest figures of every target and model measured here', async (t) => {
  const directory = t.testdir({ collector: {} });
  const { config } = await loadConfig({ overrides: {}, environment: {}, directory });
  const storage = join(directory, 'data');
  const paths = storagePaths(storage);
  await checkStorage(paths, { minFreeBytes: 0 });
  const record = (
    run_id: string,
    more: { readonly run_at: string; readonly target: string; readonly benchmarks?: TestResult[] },
  ) => recordResult(benchmarkResult({ run_id, finished_at: more.run_at, ...more }), paths);
  await record('2026-11-20_08-00-00.000_00000001', { run_at: '2026-11-20T08:00:00.000Z', target: 'old' });
  await record('2026-11-28_08-00-00.000_00000002', { run_at: '2026-11-28T08:00:00.000Z', target: 'workstation' });
  await record('2026-11-28_09-00-00.000_00000003', {
    run_at: '2026-11-28T09:00:00.000Z',
    target: 'http://10.0.0.2:8080',
    benchmarks: [testResult({ avg_tps: 41.5, successful_runs: 0 })],
  });
  const folder = join(directory, 'collector');
  writeFileSync(join(folder, 'typhon.prom'), 'what a run before wrote');
  const now = () => new Date('2026-11-28T10:00:00.000Z');
  await writeTextfile({ folder, config: { ...config, storage: { path: storage } }, now, logger });
  t.same(readdirSync(folder), ['typhon.prom'], 'nothing half written beside it');
  const text = readFileSync(join(folder, 'typhon.prom'), 'utf8');
  t.match(text, /^# TYPE typhon_benchmark_tokens_per_second gauge$/m);
  t.match(text, /^typhon_benchmark_tokens_per_second\{target="workstation",.*\} 82\.5$/m);
  t.match(text, /^typhon_benchmark_info\{target="workstation",.*quantization="q8_0".*\} 1$/m);
  t.match(text, /^typhon_benchmark_success\{target="http:\/\/10\.0\.0\.2:8080",.*\} 0$/m);
  t.notMatch(text, /target="old"/, 'which is stale');
  t.notMatch(text, /_total\{|# EOF/);
  for (const line of text.trimEnd().split('\n')) t.match(line, /^(# (HELP|TYPE) |\S+\{.*\} [\d.e+-]+$)/);
});

t.test('a folder that cannot take it is told before anything is measured', async (t) => {
  const folder = t.testdir({ file: '' });
  await t.resolves(checkTextfileFolder(folder));
  for (const wrong of ['file', 'missing']) {
    await t.rejects(checkTextfileFolder(join(folder, wrong)), {
      exitCode: 2,
      message: new RegExp(`got .*/${wrong}: `),
    });
  }
  const { context, stdout, stderr } = commandFixture({ directory: folder });
  const args = ['run', '--target', 'http://127.0.0.1:9', '--textfile', join(folder, 'missing')];
  t.equal(await runCommandLine(args, context), 2);
  t.equal(stdout(), '');
  t.match(stderr(), /^--textfile: expected a folder that can be written to, got .*missing: ENOENT/);
});
