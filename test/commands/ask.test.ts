import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { runCommandLine } from '../../src/commands/program.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { commandFixture } from '../fixtures/command-context.js';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { startFakeLlmServer } from '../fixtures/fake-llm-server.js';

async function desk(t: Test, options: FakeLlmOptions = {}) {
  const server = await startFakeLlmServer({ tokenGapMs: 0, eosAfter: 3, ...options });
  t.teardown(() => server.close());
  const directory = t.testdir({});
  // A benchmark that somebody runs on this machine meanwhile is not this test's matter.
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = join(directory, 'tmp');
  mkdirSync(process.env['TMPDIR']);
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const paths = storagePaths(join(directory, 'data'));
  await checkStorage(paths, { minFreeBytes: 0 });
  await recordResult(benchmarkResult({ model: 'fake-model' }), paths);
  const environment = { TYPHON_LLM_URL: server.url, TYPHON_LLM_KEY: 'sk-secret' };
  return { server, directory, ...commandFixture({ directory, environment }) };
}

t.test('asks the model that the environment names, and prints what it says', async (t) => {
  const { server, context, stdout, stderr } = await desk(t);
  t.equal(await runCommandLine(['ask', 'How', 'fast?'], context), 0);
  t.equal(stdout(), 'quiet rivers carry \n');
  t.equal(stderr(), '');
  t.match(server.chatRequests[0], {
    headers: { authorization: 'Bearer sk-secret' },
    body: { model: 'fake-model', messages: [{}, { content: /How fast\?$/ }] },
  });
});

t.test('a failure says why and exits 1', async (t) => {
  const { server, context, stdout, stderr } = await desk(t);
  server.set({ fault: { kind: 'status', status: 500, body: 'empty' } });
  t.equal(await runCommandLine(['ask'], context), 1);
  t.match(stderr(), /^The model failed: http:\/\/127\.0\.0\.1:\d+\/v1 answered 500/);
  server.set({ fault: { kind: 'truncated', afterTokens: 1 } });
  t.equal(await runCommandLine(['ask'], context), 1);
  t.match(stdout(), /\[typhon: the model failed in the middle of its answer: .*\]\n$/);
  t.notMatch(stdout() + stderr(), 'sk-secret');
});

t.test('nothing measured, a question without end, a bad URL, an interruption', async (t) => {
  const { server, directory, context, stderr } = await desk(t, { fault: { kind: 'stall' } });
  const empty = commandFixture({ directory: join(directory, 'tmp') });
  t.equal(await runCommandLine(['ask'], empty.context), 1);
  t.match(empty.stderr(), /^No benchmark has been recorded yet/);
  t.equal(await runCommandLine(['ask', 'x'.repeat(2001)], context), 2);
  t.match(stderr(), /2000 characters, not 2001/);
  const wrong = commandFixture({ directory, environment: { TYPHON_LLM_URL: 'ftp://example.org' } });
  t.equal(await runCommandLine(['ask'], wrong.context), 2);
  const asked = commandFixture({ directory, environment: { TYPHON_LLM_URL: server.url } });
  const ended = runCommandLine(['ask'], asked.context);
  await server.until(() => server.chatRequests[0]?.receivedMs !== undefined);
  asked.interrupt();
  t.equal(await ended, 130);
});
