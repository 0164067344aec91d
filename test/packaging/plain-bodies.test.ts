import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { watchLoadedFiles } from '../fixtures/loaded-files.js';
import { startAgent } from '../fixtures/running-agent.js';

// It takes 3 MB, and koa would ask for it with the first answer that is an object.
t.test('what the agent answers with has Node.js load no part of its own fetch', async (t) => {
  const storage = mkdtempSync(join(tmpdir(), 'typhon-bodies-'));
  t.teardown(() => rmSync(storage, { recursive: true, force: true }));
  const { paths, ...watched } = watchLoadedFiles(t);
  const { typhon, url } = await startAgent(t, { storage, ...watched });
  for (const path of ['/health', '/jobs', '/metrics', '/nowhere']) await (await fetch(`${url}${path}`)).text();
  typhon.child.kill('SIGTERM');
  await typhon.ended();
  t.ok(paths().includes('NativeModule http'));
  t.notOk(paths().includes('NativeModule internal/deps/undici/undici'));
});
