import { Command, CommanderError } from 'commander';
import { ExpectedError } from '../shared/expected-error.js';
import type { CommandContext } from './command.js';
import { addGlobalOptions } from './global-options.js';
import { commands } from './registry.js';

const USAGE_ERROR = 2;

function buildProgram(context: CommandContext): Command {
  const program = new Command('typhon')
    .description("Benchmarks this machine's LLM servers, keeps every result, and tells Prometheus")
    .version(context.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns ?? 120,
      getErrHelpWidth: () => context.stderr.columns ?? 120,
    })
    .exitOverride();
  addGlobalOptions(program);
  for (const command of commands) command.register(program, context);
  return program;
}

/** Runs one command line (without node and script) and tells the process's exit code: 0, 1, 2, 3 or 130. */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<number> {
  const program = buildProgram(context);
  try {
    await program.parseAsync(withDefaultCommand(args), { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error, context);
  }
}

const informing = new Set(['-h', '--help', '--version']);

/** Flags alone are the agent's, as with every exporter: `typhon --web.listen-address :9000`. */
function withDefaultCommand(args: readonly string[]): readonly string[] {
  const names: readonly string[] = commands.map(({ name }) => name);
  const flagsAlone = args.length === 0 || args[0]?.startsWith('-') === true;
  return flagsAlone && !args.some((arg) => informing.has(arg) || names.includes(arg)) ? ['agent', ...args] : args;
}

function exitCodeOf(error: unknown, { stderr }: CommandContext): number {
  // Commander has said already what was wrong; --help and --version end with 0 the same way.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  if (error instanceof ExpectedError) {
    if (error.message !== '') stderr.write(`${error.message}${error.tellsCause ? '' : reasonBehind(error)}\n`);
    return error.exitCode;
  }
  stderr.write(`typhon failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

/** What the operating system said, where the message does not tell it yet. */
function reasonBehind({ message, cause }: Error): string {
  if (!(cause instanceof Error) || !('code' in cause)) return '';
  if (message.includes(String(cause.code)) || message.includes(cause.message)) return '';
  return ` (${cause.message})`;
}
