import { Command } from 'commander';
import t from 'tap';
import type { CommandContext } from '../../src/commands/command.js';
import { addGlobalOptions, configFor, loggerFor } from '../../src/commands/global-options.js';
import type { LoadedConfig } from '../../src/config/load.js';
import { commandFixture } from '../fixtures/command-context.js';

async function loadedWith(args: readonly string[], context: CommandContext): Promise<LoadedConfig> {
  const program = new Command('typhon').exitOverride();
  addGlobalOptions(program);
  const command = program.command('go').action(() => undefined);
  await program.parseAsync([...args], { from: 'user' });
  return configFor(command, context);
}

t.test('hands every flag to the configuration', async (t) => {
  const directory = t.testdir({ 'own.yml': 'jobs: { max_queued: 3 }\n' });
  const { context } = commandFixture({ directory, environment: { TYPHON_STORAGE_PATH: 'from-environment' } });
  const flags = [
    '--config.file',
    'own.yml',
    '--web.listen-address',
    ':1',
    '--log.level',
    'warn',
    '--log.format',
    'json',
  ];
  const { config } = await loadedWith(['go', ...flags], context);
  t.match(config, {
    jobs: { maxQueued: 3 },
    web: { listenAddress: { port: 1 } },
    log: { level: 'warn', format: 'json' },
    storage: { path: 'from-environment' },
  });
  const { config: flagged } = await loadedWith(['--storage.path', 'from-flag', 'go'], context);
  t.equal(flagged.storage.path, 'from-flag');
});

async function logged(args: readonly string[], changes: Partial<CommandContext>): Promise<string> {
  let written = '';
  const { context } = commandFixture({ directory: t.testdirName, ...changes });
  const stderr = { ...context.stderr, ...changes.stderr, write: (text: string) => (written += text) };
  const logger = await loggerFor(await loadedWith(['go', ...args], context), { ...context, stderr });
  logger.info('hello');
  return written;
}

t.test('logs JSON where nobody looks', async (t) => {
  t.match(JSON.parse(await logged([], {})), { level: 'info', msg: 'hello' });
});

t.test('logs for people, in colour, on a terminal', async (t) => {
  const terminal = { write: () => undefined, isTTY: true };
  t.match(await logged([], { stderr: terminal }), `\u001b[32mINFO`);
  const plain = await logged([], { stderr: terminal, environment: { NO_COLOR: '1' } });
  t.match(plain, /^\[[\d:.]+\] INFO: hello\n$/);
});

t.test('logs in the format and from the level that are configured', async (t) => {
  t.match(await logged(['--log.format', 'pretty'], {}), /INFO: hello/);
  t.match(JSON.parse(await logged(['--log.format', 'json'], { stderr: { write: () => undefined, isTTY: true } })), {
    msg: 'hello',
  });
  t.equal(await logged(['--log.level', 'warn'], {}), '');
});
