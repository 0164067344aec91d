import t from 'tap';
import { commands } from '../../src/commands/registry.js';
import { embeddedInstallation, JUDGING, RUNNER } from '../../src/executable/embedded-installation.js';

t.test('the words that make the program its own processes are no commands', async (t) => {
  const { typhon, runner, judging } = embeddedInstallation;
  t.same(typhon, [], 'what is forked is the program itself');
  t.same([runner, judging], [RUNNER, JUDGING]);
  const names: readonly string[] = commands.map(({ name }) => name);
  for (const word of [RUNNER, JUDGING]) t.notOk(names.includes(word) || word.startsWith('-'), word);
});

t.test('what the program carries is nowhere else', async (t) => {
  const message = /single-executable application/;
  await t.rejects(embeddedInstallation.readPageFile('manifest.json'), { message });
  await t.rejects(embeddedInstallation.importEngine(t.testdirName), { message });
});
