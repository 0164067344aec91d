/** The single program, built anew: everything that it does in processes of its own, where nothing else is. */
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { historyRuns } from '../fixtures/history.js';
import { plainly } from '../fixtures/plain-process.js';
import { childrenOf, TyphonProcess, until } from '../fixtures/typhon-process.js';

const skip = process.env['CI'] === 'true' ? false : 'builds a program of 100 MB; runs where CI=true';
const program = resolve('dist/program/typhon');

const folder = mkdtempSync(join(tmpdir(), 'typhon-program-'));
chmodSync(folder, 0o755);
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

t.before(async () => {
  if (skip !== false) return;
  const [file, ...args] = plainly([process.execPath, 'tools/build-executable.mjs', '--quick']);
  await promisify(execFile)(file, args);
});

/** In a folder of its own, with no variable but the one that keeps the benchmarks of other tests out of its way. */
function started(t: Test, args: readonly string[], place: string): TyphonProcess {
  mkdirSync(place, { recursive: true });
  const clean = ['-i', `TMPDIR=${folder}`, program, ...args];
  const child = spawn('/usr/bin/env', clean, { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
  const typhon = new TyphonProcess(child);
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await typhon.ended();
  });
  return typhon;
}

t.test('it tells its version, its help and what it was called wrongly with', { skip }, async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const place = join(folder, 'words');
  t.match(await started(t, ['--version'], place).ended(), { code: 0, stdout: `${version}\n`, stderr: '' });
  t.match(await started(t, ['--help'], place).ended(), { code: 0, stdout: /^Usage: typhon/, stderr: '' });
  t.match(await started(t, ['nonsense'], place).ended(), { code: 2, stderr: /unknown command/ });
});

t.test('it measures in a runner that is itself again', { skip }, async (t) => {
  const server = await forkFakeLlmServer({ contextLength: 2048, tokenGapMs: 0.05, ttftMs: 50 });
  t.teardown(() => server.close());
  const place = join(folder, 'run');
  const typhon = started(t, ['run', '--mode', 'quick', '--target', server.url, '--json'], place);
  const [runner] = await until(() => {
    const children = childrenOf(typhon.pid);
    return children.length > 0 && children;
  });
  if (process.platform === 'linux') t.equal(readlinkSync(`/proc/${runner}/exe`), program);
  const { code, stdout, stderr } = await typhon.ended();
  t.equal(code, 0, stderr);
  const result = JSON.parse(stdout);
  t.ok(result.benchmarks.length > 0);
  t.equal(JSON.parse(readFileSync(join(place, 'data/last_run.json'), 'utf8')).run_id, result.run_id);
});

t.test('it serves the reference model with llama.cpp', { skip }, async (t) => {
  const typhon = started(t, ['reference', '--port', '0', '--log.level', 'warn'], join(folder, 'reference'));
  const [, url = ''] = await typhon.written(/at (http:\S+?),/);
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], max_tokens: 4 }),
  });
  t.match(await answer.json(), { usage: { completion_tokens: 4 } });
  typhon.kill('SIGTERM');
  t.match(await typhon.ended(), { code: 0, stderr: '' });
});

t.test('as the agent it serves its page and judges a long chronicle in a process of its own', { skip }, async (t) => {
  const place = join(folder, 'agent');
  mkdirSync(place);
  const { chronicle } = storagePaths(join(place, 'data'));
  mkdirSync(join(place, 'data'));
  await appendRows(chronicle, historyRuns({ seed: 4, days: 145, cv: 0.02 }).flat());
  const typhon = started(t, ['--web.listen-address', '127.0.0.1:0', '--log.format', 'json'], place);
  const [, url = ''] = await typhon.written(/"url":"(http:[^"]+)"/);
  const page = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
  t.match(page.headers.get('content-type'), 'text/html');
  const [, script = ''] = /src="([^"]+\.js)"/.exec(await page.text()) ?? [];
  t.equal((await fetch(new URL(script, `${url}/`))).status, 200, script);
  await typhon.written(/the chronicle is judged/);
  typhon.kill('SIGTERM');
  const { code, stderr } = await typhon.ended();
  t.equal(code, 0);
  for (const line of stderr.trim().split('\n')) t.doesNotThrow(() => JSON.parse(line), line);
});
