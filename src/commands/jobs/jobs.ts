import type { Command } from 'commander';
import type { CommandContext, CommandDefinition } from '../command.js';

const help = `
The agent is asked where the configuration has it listen (--web.listen-address), or at --agent URL, with the
configuration's bearer token or TYPHON_AGENT_TOKEN.

Examples:
  typhon jobs
  typhon jobs pause              the running job, after its test
  typhon jobs resume             the job that was paused last
  typhon jobs resume a3f1c820    any that was paused, interrupted or whose runner crashed within 24 h

Exit codes: 0 done, 1 the agent refused or does not answer, 2 bad usage or configuration
`;

const agentOption = ['--agent <url>', 'the agent to ask (default: the one of the configuration)'] as const;

export const jobs = {
  name: 'jobs',
  register(program: Command, context: CommandContext): void {
    const group = program
      .command('jobs')
      .description("list the agent's newest jobs; pause one, or let it go on")
      .option(...agentOption)
      .option('--json', 'print them as JSON')
      .addHelpText('after', help)
      .action(async (flags: { readonly json?: true }, command: Command) => {
        const { listJobs } = await import('./agent-jobs.js');
        await listJobs(flags, command, context);
      });
    for (const [name, description, without] of steerings) {
      group
        .command(name)
        .description(description)
        .argument('[job]', `its id (default: ${without})`)
        .addHelpText('after', help)
        .action(async (id: string | undefined, _flags: unknown, command: Command) => {
          const { steerJob } = await import('./agent-jobs.js');
          await steerJob(name, id, command, context);
        });
    }
  },
} as const satisfies CommandDefinition;

const steerings = [
  ['pause', 'set a job aside: one that runs after the test that runs', 'the one that runs'],
  ['resume', 'let a job go on from its first unfinished test', 'the one that was paused last'],
] as const;
