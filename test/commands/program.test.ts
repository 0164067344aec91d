import t from 'tap';
import { CommandFailure } from '../../src/commands/command.js';
import { runCommandLine } from '../../src/commands/program.js';
import { commands } from '../../src/commands/registry.js';
import { ReferenceFailure } from '../../src/reference/failure.js';
import { ServerError } from '../../src/servers/server-error.js';
import { commandFixture } from '../fixtures/command-context.js';

async function ran(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { context, stdout, stderr } = commandFixture();
  const code = await runCommandLine(args, context);
  return { code, stdout: stdout(), stderr: stderr() };
}

const names = commands.map(({ name }) => name);

t.test('lists every command, every global flag, its variable and its default', async (t) => {
  for (const args of [['--help'], ['-h'], ['help']]) {
    const { code, stdout, stderr } = await ran(args);
    t.equal(code, 0);
    t.equal(stderr, '');
    for (const name of names) t.match(stdout, new RegExp(`^  ${name}\\b`, 'm'), name);
    t.match(stdout, /--log\.level <level> +.*\(env: TYPHON_LOG_LEVEL, default:\s+info\)/);
    t.match(stdout, 'TYPHON_WEB_LISTEN_ADDRESS');
    t.match(stdout, '127.0.0.1:8000');
  }
});

t.test('helps with every command: its own options, the global ones and an example', async (t) => {
  for (const name of names) {
    const args = name === 'config' ? ['config', 'check'] : [name];
    const { code, stdout } = await ran([...args, '--help']);
    t.equal(code, 0);
    t.match(stdout, `Usage: typhon ${args.join(' ')}`);
    t.match(stdout, 'TYPHON_CONFIG_FILE');
    t.match(stdout, new RegExp(`^Examples?:\\n  typhon ${args.join(' ')}`, 'm'));
  }
});

t.test('tells its version, behind a command as well', async (t) => {
  for (const args of [['--version'], ...names.map((name) => [name, '--version']), ['config', 'check', '--version']]) {
    t.same(await ran(args), { code: 0, stdout: '1.2.3\n', stderr: '' }, args.join(' '));
  }
});

t.test('ends with 2 and a suggestion where it does not know a word', async (t) => {
  t.same(await ran(['scna']), { code: 2, stdout: '', stderr: "error: unknown command 'scna'\n(Did you mean scan?)\n" });
  t.same(await ran(['scan', '--jsno']), {
    code: 2,
    stdout: '',
    stderr: "error: unknown option '--jsno'\n(Did you mean --json?)\n",
  });
  t.match(await ran(['--log.leval', 'info', 'scan']), { code: 2, stderr: 'Did you mean --log.level?' });
  t.match(await ran(['config', 'check']), { code: 2, stderr: "missing required argument 'file'" });
  t.match(await ran(['scan', 'extra']), { code: 2, stderr: 'too many arguments' });
});

t.test('ends with 2 and the reasons where the configuration is bad', async (t) => {
  t.same(await ran(['scan', '--log.level', 'loud']), {
    code: 2,
    stdout: '',
    stderr: '--log.level: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"\n',
  });
});

t.test('is the agent where it is given flags alone', async (t) => {
  for (const args of [
    ['--web.listen-address', 'nowhere'],
    ['agent', '--web.listen-address', 'nowhere'],
  ]) {
    t.match(await ran(args), { code: 2, stdout: '', stderr: /^--web\.listen-address: expected an address/ });
  }
});

t.test('takes global flags before the command as well', async (t) => {
  t.match(await ran(['--log.level', 'loud', 'scan']), { code: 2, stderr: '--log.level: expected' });
});

/** Runs a command whose working directory turns out to be a given failure. */
async function failing(failure: unknown): Promise<{ code: number; stderr: string }> {
  const { context, stderr } = commandFixture();
  const broken = Object.defineProperty({ ...context }, 'directory', {
    get: () => {
      throw failure;
    },
  });
  const code = await runCommandLine(['config', 'check', 'x'], broken);
  return { code, stderr: stderr() };
}

t.test('ends as a failed command says', async (t) => {
  t.same(await failing(new CommandFailure(130, 'Interrupted.')), { code: 130, stderr: 'Interrupted.\n' });
  t.same(await failing(new CommandFailure(1, '')), { code: 1, stderr: '' });
});

t.test('says an expected failure in one line, with what the system said', async (t) => {
  t.same(await failing(new ServerError('unreachable', 'No.')), { code: 1, stderr: 'No.\n' });
  t.same(await failing(new ServerError('unknown_target', 'No such target.')), { code: 2, stderr: 'No such target.\n' });
  const cause = Object.assign(new Error('ENOTDIR: not a directory'), { code: 'ENOTDIR' });
  t.same(await failing(new ReferenceFailure('model_unwritable', 'could not write it', { cause })), {
    code: 1,
    stderr: 'could not write it (ENOTDIR: not a directory)\n',
  });
  t.same(await failing(new ReferenceFailure('model_unwritable', 'not written (ENOTDIR)', { cause })), {
    code: 1,
    stderr: 'not written (ENOTDIR)\n',
  });
  const told = Object.assign(new Error('there is no room'), { code: 'model_unwritable' });
  t.same(await failing(new ReferenceFailure('model_unwritable', 'not written: there is no room', { cause: told })), {
    code: 1,
    stderr: 'not written: there is no room\n',
  });
});

t.test('shows where an unexpected failure comes from', async (t) => {
  const { code, stderr } = await failing(new TypeError('broken'));
  t.equal(code, 1);
  t.match(stderr, /^typhon failed: TypeError: broken\n {4}at /);
  t.same(await failing('a word'), { code: 1, stderr: 'typhon failed: a word\n' });
});

t.test('has a name of its own for every command', async (t) => {
  t.equal(new Set(names).size, names.length);
});
