/** The jobs of an agent, listed and steered over its API. */
import type { Command } from 'commander';
import * as z from 'zod';
import { configuredAgent } from '../agent-address.js';
import { type CommandContext, CommandFailure } from '../command.js';
import { configFor } from '../global-options.js';

interface AgentFlags {
  readonly agent?: string;
}

const jobSchema = z.object({
  job_id: z.string(),
  status: z.string(),
  mode: z.string(),
  trigger: z.string(),
  target: z.string().nullable(),
  model: z.string().nullable(),
  created_at: z.string(),
  progress: z.object({ done: z.number(), total: z.number().nullable() }),
});
type ListedJob = z.infer<typeof jobSchema>;

const LISTED = 20;

/** The newest ones, as a table or as JSON. Throws `CommandFailure` with what the agent said, or that nobody answers. */
export async function listJobs(
  { json }: { readonly json?: true },
  command: Command,
  context: CommandContext,
): Promise<void> {
  const ask = await agentOf(command, context);
  const found = z.array(jobSchema).parse(await ask('GET', `jobs?limit=${LISTED}`));
  if (json === true) {
    context.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return;
  }
  const { foldedTable } = await import('../output/folded-table.js');
  const titles = ['Job', 'Asked for (UTC)', 'Status', 'Mode', 'Tests', 'Target', 'Model'];
  const rows = found.map((job) => [
    job.job_id,
    job.created_at.slice(0, 19).replace('T', ' '),
    job.status,
    job.mode,
    testsOf(job),
    job.target ?? '',
    job.model ?? '',
  ]);
  const lines = found.length === 0 ? ['No job yet.'] : foldedTable({ titles, rows, keys: 1 }, context.stdout.columns);
  context.stdout.write(`${lines.join('\n')}\n`);
}

function testsOf({ progress: { done, total } }: ListedJob): string {
  return total === null ? '' : `${done}/${total}`;
}

/** Without an id, the one that runs or the one that was paused last. Throws `CommandFailure` as `listJobs` does. */
export async function steerJob(
  what: 'pause' | 'resume',
  id: string | undefined,
  command: Command,
  context: CommandContext,
): Promise<void> {
  const ask = await agentOf(command, context);
  const jobId = id ?? (await theOneToSteer(what, ask));
  const { status } = jobSchema.parse(await ask('POST', `jobs/${encodeURIComponent(jobId)}/${what}`));
  const pausing = status === 'paused' ? 'is paused' : 'pauses after its test';
  const words = what === 'pause' ? pausing : 'goes on as soon as it is its turn';
  context.stdout.write(`Job ${jobId} ${words}.\n`);
}

async function theOneToSteer(what: 'pause' | 'resume', ask: AskAgent): Promise<string> {
  const status = what === 'pause' ? 'running' : 'paused';
  const [job] = z.array(jobSchema).parse(await ask('GET', `jobs?status=${status}&limit=1`));
  if (job === undefined) throw new CommandFailure(1, `No job is ${status}.`);
  return job.job_id;
}

type AskAgent = (method: 'GET' | 'POST', path: string) => Promise<unknown>;

const TIMEOUT_MS = 20_000;

/** Throws `CommandFailure` with what the agent said, or that nobody answers. */
async function agentOf(command: Command, context: CommandContext): Promise<AskAgent> {
  const { config } = await configFor(command, context);
  const { agent } = command.optsWithGlobals<AgentFlags>();
  if (agent !== undefined && !URL.canParse(agent)) {
    throw new CommandFailure(2, `--agent: expected a URL, got ${agent}.`);
  }
  const { url: base, token: configured } = await configuredAgent({ url: agent, config });
  const token = context.environment['TYPHON_AGENT_TOKEN'] || configured;
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return async (method, path) => {
    const url = `${base}/${path}`;
    let response: Response;
    try {
      response = await fetch(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (cause) {
      const words = `No agent answers at ${base}. Start one with: typhon agent; or name it with --agent URL.`;
      throw new CommandFailure(1, words, { cause });
    }
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return body;
    const { data } = z.object({ detail: z.string() }).safeParse(body);
    throw new CommandFailure(1, data?.detail ?? `${base} answered ${response.status}.`);
  };
}
