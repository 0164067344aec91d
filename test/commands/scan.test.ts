import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { runCommandLine } from '../../src/commands/program.js';
import { loadConfigFile } from '../../src/config/load.js';
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

t.test(
  '--write-config: a configuration that measures what was found, which is never overwritten unasked',
  async (t) => {
    const { apiBase } = await serveFixture(t, ollama);
    const directory = t.testdir({ 'own.yml': `targets: [{ name: mine, url: "${apiBase}", api_key: sesame }]\n` });
    const scan = async (...more: string[]) => {
      const fixture = commandFixture({ directory });
      const code = await runCommandLine(
        ['scan', '--config.file', 'own.yml', '--write-config', 'new.yml', ...more],
        fixture.context,
      );
      return { code, stdout: fixture.stdout(), stderr: fixture.stderr() };
    };
    const file = join(directory, 'new.yml');
    const first = await scan();
    t.equal(first.code, 0, first.stderr);
    const text = await readFile(file, 'utf8');
    t.ok(first.stdout.endsWith(`\n${text}\nWritten to ${file}. With it: typhon --config.file new.yml\n`));
    t.notMatch(text, 'sesame', 'a key is not written');
    const config = await loadConfigFile(file, {});
    t.match(config.targets[0], { name: 'mine', url: apiBase });
    t.match(config, { schedulesFrom: 'configuration', schedules: [{ name: 'six-hourly', cron: '17 */6 * * *' }] });
    await writeFile(file, 'mine: too');
    const second = await scan();
    t.match(second, { code: 1, stderr: /new\.yml is there already and was left as it is: --force replaces it\.\n$/ });
    t.equal(await readFile(file, 'utf8'), 'mine: too');
    t.equal((await scan('--force')).code, 0);
    t.equal(await readFile(file, 'utf8'), text);
    const json = await scan('--json', '--force');
    t.equal(JSON.parse(json.stdout).servers[0].target, 'mine', 'what it writes does not stand among the JSON');
  },
);

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
