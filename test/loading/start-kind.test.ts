import t from 'tap';
import { startKind } from '../../src/loading/start-kind.js';

t.test('a command line that begins with a command is of its kind, one of flags alone is the agent', async (t) => {
  t.equal(startKind([]), 'agent');
  t.equal(startKind(['--web.listen-address', ':9000']), 'agent');
  t.equal(startKind(['agent']), 'agent');
  t.equal(startKind(['config', 'check']), 'config');
  t.equal(startKind(['../../elsewhere']), 'agent');
});

t.test('help is what asks for no more than words', async (t) => {
  for (const args of [['--help'], ['-h'], ['--version'], ['help'], ['help', 'run'], ['run', '--help']])
    t.equal(startKind(args), 'help', args.join(' '));
});

t.test('a word that an option may take is no question', async (t) => {
  t.equal(startKind(['--config.file', '--help']), 'agent');
  t.equal(startKind(['run', '--target', '--help']), 'run');
});
