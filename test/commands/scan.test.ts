import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { runCommandLine } from '../../src/commands/program.js';
import { hardwareProfileSchema } from '../../src/hardware/inventory/profile.js';
import { commandFixture } from '../fixtures/command-context.js';
import { serveFixture } from '../fixtures/servers/fixture-server.js';
import { ollama } from '../fixtures/servers/ollama.js';

t.test('prints and writes hardware and servers as one document', async (t) => {
  const { apiBase } = await serveFixture(t, ollama);
  const directory = t.testdir({ 'own.yml': `targets: [{ name: mine, url: "${apiBase}" }]\nstorage: { path: kept }\n` });
  const { context, stdout } = commandFixture({ directory });
  t.equal(await runCommandLine(['scan', '--json', '--config.file', 'own.yml'], context), 0);
  const document = JSON.parse(stdout());
  t.match(document, { read_at: '2026-11-21T14:30:45.123Z', machine_id: /^[0-9a-f]{32}$/ });
  t.match(document.servers[0], { state: 'found', target: 'mine', kind: 'ollama', api_base: apiBase });
  t.ok(hardwareProfileSchema.safeParse(document).success);
  t.same(JSON.parse(await readFile(join(directory, 'kept/hardware_profile.json'), 'utf8')), document);
});

t.test('prints for people where JSON is not asked for', async (t) => {
  const directory = t.testdir({});
  const { context, stdout } = commandFixture({ directory });
  t.equal(await runCommandLine(['scan'], context), 0);
  t.match(stdout(), /^CPU {6}/);
  t.match(stdout(), `\n\nWritten to ${join(directory, 'data/hardware_profile.json')}\n`);
});

t.test('says what is wrong with the storage path before it looks at anything', async (t) => {
  const directory = t.testdir({ file: 'not a folder' });
  const { context, stdout, stderr } = commandFixture({ directory });
  t.equal(await runCommandLine(['scan', '--storage.path', 'file'], context), 1);
  t.equal(stdout(), '');
  t.match(stderr(), /^Cannot create the folder .*file.*--storage\.path.*\n$/);
});

t.test('ends with 130 when interrupted', async (t) => {
  const { context, stderr, interrupt } = commandFixture({ directory: t.testdir({}) });
  interrupt();
  t.equal(await runCommandLine(['scan'], context), 130);
  t.equal(stderr(), 'Interrupted.\n');
});
