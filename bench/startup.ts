/** What typhon costs before and beside the measuring: its start, and the memory of its runner. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { planBenchmark } from '../src/benchmark/plan.js';
import { builtInPrompts } from '../src/benchmark/prompts.js';
import { createLogger } from '../src/logger.js';
import { forkRunner, startRunner } from '../src/runner/supervisor.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { type Figure, limited } from './figure.js';
import { launchFigures } from './launch.js';
import { builtRunner, typhonProgram } from './typhon-program.js';

const ROUNDS = 11;
const HELP_LIMIT_TIMES = 1.4;
const RSS_LIMIT_MB = 80;
const KIB_PER_MB = 1e6 / 1024;

export async function startupFigures(): Promise<readonly Figure[]> {
  const help: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    help.push(await wallMs([typhonProgram, '--help']));
    bare.push(await wallMs(['-e', '0']));
  }
  // The best round: whatever else the machine does can only add.
  const [helpMs, bareMs] = [Math.min(...help), Math.min(...bare)];
  const name = `typhon --help beside node -e 0, best of ${ROUNDS} (${helpMs.toFixed(0)} : ${bareMs.toFixed(0)} ms)`;
  return [
    limited('start', name, helpMs / bareMs, { value: HELP_LIMIT_TIMES, unit: '×', digits: 2 }),
    ...(await launchFigures()),
    limited('memory', 'peak RSS of the runner', await runnerPeakMb(), { value: RSS_LIMIT_MB, unit: 'MB', digits: 1 }),
  ];
}

async function wallMs(args: readonly string[]): Promise<number> {
  const startMs = performance.now();
  await promisify(execFile)(process.execPath, args);
  return performance.now() - startMs;
}

/** Of a quick run's runner against a fake server; `undefined` where the system does not tell. */
async function runnerPeakMb(): Promise<number | undefined> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: 1 });
  try {
    const plan = planBenchmark({ mode: 'quick', vramBytes: undefined, contextLength: undefined, timeoutMs: 120_000 });
    let peakMb: number | undefined;
    const runner = startRunner({
      assignment: {
        server: { kind: 'openai', name: 'fake server', apiBase: server.url },
        model: 'fake-model',
        plan: { mode: plan.mode, tests: [...plan.tests], skipped: [] },
        prompts: builtInPrompts,
      },
      cancelGraceMs: 2000,
      process: forkRunner(builtRunner),
      logger: await createLogger({ level: 'warn', format: 'json', destination: process.stderr }),
      onEvent: () => {
        peakMb = peakRssMb(runner.pid) ?? peakMb;
      },
    });
    const end = await runner.ended;
    if (end.status !== 'finished') throw new Error(`the runner ended as ${JSON.stringify(end)}`);
    return peakMb;
  } finally {
    await server.close();
  }
}

/** Linux's high-water mark of a process; `undefined` where there is none or the process is gone. */
function peakRssMb(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) / KIB_PER_MB;
  } catch {
    return undefined;
  }
}
