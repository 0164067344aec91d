/** Whether a million rows of history cost the agent's start more than none. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { storagePaths } from '../src/chronicle/storage.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { historyRow } from '../test/fixtures/history.js';
import { type Figure, limited } from './figure.js';
import { rssMbOf } from './process-figures.js';
import { startAgent, stopAgent } from './started-agent.js';

const ROWS = 1_000_000;
const TESTS = 7;
const MODELS = 4;
const RUN_EVERY_MS = 3_600_000;
const ROUNDS = 3;
// Until what the start needed has been given back; memory is the same in every round, and read in the last.
const SETTLE_MS = 4000;
const SLOWER = 1.5;
const LARGER_MB = 30;
const SUBJECT = 'history';

export async function longHistoryFigures(): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: 1, contextLength: 2048 });
  const empty = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  const full = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  try {
    await writeHistory(join(full, 'chronicle.jsonl'));
    const starts: Record<'empty' | 'first' | 'later', Start[]> = { empty: [], first: [], later: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const settleMs = round === ROUNDS - 1 ? SETTLE_MS : undefined;
      starts.empty.push(await start(empty, server.url, settleMs));
      await forgetJudgement(full);
      starts.first.push(await start(full, server.url, settleMs));
      starts.later.push(await start(full, server.url, settleMs));
    }
    return figuresOf(least(starts.first), least(starts.empty), least(starts.later));
  } finally {
    await server.close();
    for (const storage of [empty, full]) await rm(storage, { recursive: true, force: true });
  }
}

/** As it is where a chronicle was copied to. */
async function forgetJudgement(storage: string): Promise<void> {
  await rm(storagePaths(storage).trendBook, { force: true });
}

interface Start {
  readonly ms: number;
  readonly rssMb: number | undefined;
}

async function start(storage: string, target: string, settleMs: number | undefined): Promise<Start> {
  const agent = await startAgent(storage, target);
  try {
    if (settleMs === undefined) return { ms: agent.startMs, rssMb: undefined };
    await delay(settleMs);
    return { ms: agent.startMs, rssMb: await rssMbOf(agent.child.pid) };
  } finally {
    await stopAgent(agent);
  }
}

/** Other work on the machine can only add to either. */
function least(starts: readonly Start[]): Start {
  const sizes = starts.flatMap(({ rssMb }) => rssMb ?? []);
  return {
    ms: Math.min(...starts.map(({ ms }) => ms)),
    rssMb: sizes.length === 0 ? undefined : Math.min(...sizes),
  };
}

function figuresOf(first: Start, empty: Start, full: Start): readonly Figure[] {
  const times = { value: SLOWER, unit: '×', digits: 2 };
  const more = { value: LARGER_MB, unit: 'MB', digits: 1 };
  const between = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? undefined : a - b;
  const ms = ({ ms: value }: Start) => value.toFixed(0);
  const rows = ROWS.toLocaleString('en-US');
  return [
    limited(SUBJECT, `start on ${rows} rows beside none (${ms(full)} : ${ms(empty)} ms)`, full.ms / empty.ms, times),
    limited(SUBJECT, '  RSS more than on none', between(full.rssMb, empty.rssMb), more),
    limited(SUBJECT, `  the first one, which has them judged (${ms(first)} ms)`, first.ms / empty.ms, times),
    limited(SUBJECT, '  its RSS more than on none', between(first.rssMb, empty.rssMb), more),
  ];
}

/** Runs of each model in turn, the last one an hour ago. */
async function writeHistory(path: string): Promise<void> {
  await pipeline(Readable.from(historyBlocks()), createWriteStream(path));
}

const BLOCK_RUNS = 500;

function* historyBlocks(): Generator<string> {
  const runs = Math.ceil(ROWS / TESTS);
  const lastMs = Date.now() - RUN_EVERY_MS;
  for (let run = 0; run < runs; run += BLOCK_RUNS) {
    const lines: string[] = [];
    for (let index = run; index < Math.min(run + BLOCK_RUNS, runs); index += 1) {
      const at = new Date(lastMs - (runs - 1 - index) * RUN_EVERY_MS).toISOString();
      const names = { run_at: at, run_id: `run-${index}`, target: 'measured', model: `model-${index % MODELS}` };
      for (let test = 0; test < TESTS; test += 1) {
        const speed = 80 + Math.sin(index * 12.9898 + test) * 2;
        lines.push(`${JSON.stringify(historyRow({ ...names, test_id: `test-${test}`, avg_tps: speed }))}\n`);
      }
    }
    yield lines.join('');
  }
}
