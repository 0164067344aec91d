import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { watchLoadedFiles } from '../fixtures/loaded-files.js';
import { startAgent } from '../fixtures/running-agent.js';
import { startTyphon } from '../fixtures/typhon-process.js';

/** The protocol's own library, in a file of its own. */
const SDK = resolve('dist/mcp/sdk.cjs');
/** A word of the protocol that nothing of ours writes. */
const WORD = 'notifications/roots/list_changed';

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'typhon-bundle-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

t.test('neither a command nor the agent loads the protocol for agents before a client speaks it', async (t) => {
  const { paths, ...watched } = watchLoadedFiles(t);
  t.equal((await startTyphon(t, ['--help'], watched).ended()).code, 0);
  const { typhon, url } = await startAgent(t, { storage: folder(t), ...watched });
  t.equal((await fetch(`${url}/status`)).status, 200);
  typhon.child.kill('SIGTERM');
  await typhon.ended();
  t.ok(paths().includes(resolve('dist/commands/help.cjs')));
  t.ok(paths().includes(resolve('dist/commands/installed.cjs')));
  t.notOk(paths().includes(SDK));
});

t.test('the first message has the agent load it', async (t) => {
  const { paths, ...watched } = watchLoadedFiles(t);
  const { typhon, url } = await startAgent(t, { storage: folder(t), ...watched });
  await (await fetch(`${url}/mcp`, { method: 'POST', body: '{}' })).text();
  typhon.child.kill('SIGTERM');
  await typhon.ended();
  t.ok(paths().includes(SDK));
});

t.test('it is inside of no other program', async (t) => {
  t.ok(readFileSync(SDK, 'utf8').includes(WORD));
  const commands = ['commands/installed', 'commands/help', 'commands/report', 'commands/run'];
  const programs = [...commands, 'runner/child', 'judging/judging-child'];
  for (const name of programs) t.notOk(readFileSync(`dist/${name}.cjs`, 'utf8').includes(WORD), name);
});

t.test('an installation brings its licence, as it is inside of the program', async (t) => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.notOk('@modelcontextprotocol/sdk' in dependencies);
  const texts = readFileSync('dist/mcp/licences.txt', 'utf8');
  for (const name of ['@modelcontextprotocol/sdk', 'ajv', 'zod-to-json-schema']) {
    t.match(texts, new RegExp(`^${name.replace('/', '\\/')} [\\d.]+ \\((MIT|ISC)\\)$`, 'm'), name);
  }
});
