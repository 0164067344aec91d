import { hostname } from 'node:os';
import type { Command } from 'commander';
import { type CommandContext, type CommandDefinition, CommandFailure } from './command.js';
import { configFor, storageFor } from './global-options.js';

const help = `
The results and findings go to the server that was measured last, or to any OpenAI-compatible one:
  TYPHON_LLM_URL    its base URL, e.g. http://localhost:8080 or https://api.example.org/v1
  TYPHON_LLM_KEY    its key
  TYPHON_LLM_MODEL  the model, where it has several
Nothing in what is sent tells who or where: no host names, users, paths or addresses. While a benchmark runs on this
machine nothing is asked, and none begins before the answer has ended.

Examples:
  typhon ask
  typhon ask "Why is decoding slower since last week?"

Exit codes: 0 answered, 1 nothing was measured yet, a benchmark is running, or the model failed, 2 bad usage or
configuration, 130 interrupted
`;

export const ask = {
  name: 'ask',
  register(program: Command, context: CommandContext): void {
    program
      .command('ask')
      .description('ask a language model about the results')
      .argument('[question...]', 'in any language (default: what stands out)')
      .addHelpText('after', help)
      .action((words: readonly string[], _flags: unknown, command: Command) => answer(words, command, context));
  },
} as const satisfies CommandDefinition;

async function answer(words: readonly string[], command: Command, context: CommandContext): Promise<void> {
  const signal = context.interruptSignal();
  const { config } = await configFor(command, context);
  const { askMachine, MAX_QUESTION_CHARACTERS } = await import('../ask/ask.js');
  const { ownNamesOf } = await import('../ask/ask-briefing.js');
  const { readMachineRecord } = await import('../judging/report-reading.js');
  const { trendSettings } = await import('../judging/trend-records.js');
  const { machineLockFile, thisMachine } = await import('../jobs/machine-lock.js');
  const question = words.join(' ').trim();
  if (question.length > MAX_QUESTION_CHARACTERS) {
    throw new CommandFailure(2, `A question may have ${MAX_QUESTION_CHARACTERS} characters, not ${question.length}.`);
  }
  const paths = await storageFor(config, context);
  const { environment, now } = context;
  try {
    const { endpoint, pieces } = await askMachine({
      question: question === '' ? undefined : question,
      record: await readMachineRecord(paths, {
        now: now(),
        settings: trendSettings(config),
        price: config.energy,
      }),
      environment,
      targets: config.targets,
      ownNames: ownNamesOf(hostname(), environment),
      lockFile: machineLockFile(thisMachine(environment)),
      now,
      signal,
    });
    if (context.stderr.isTTY === true) context.stderr.write(`${endpoint.model} at ${endpoint.apiRoot}:\n\n`);
    for (;;) {
      const { done, value } = await pieces.next();
      if (done !== true) context.stdout.write(value);
      // Its last line has told why.
      else if (value.kind === 'failed') throw new CommandFailure(1, '');
      else return;
    }
  } catch (error) {
    if (signal.aborted) throw new CommandFailure(130, '', { cause: error });
    throw error;
  }
}
