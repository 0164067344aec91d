/** How long a run from the command line takes until its server hears of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../src/benchmark/clock.js';
import { type ForkedFakeLlmServer, forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { type Figure, limited } from './figure.js';
import { typhonProgram } from './typhon-program.js';

const ROUNDS = 7;
const LIMIT_MS = 350;
const LOOK_EVERY_MS = 20;
const CHAT = '/v1/chat/completions';

export async function launchFigures(): Promise<readonly Figure[]> {
  const storage = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: 1 });
  try {
    // The first run of a storage path reads the machine's inventory.
    await launchMs(storage, server);
    const launches: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) launches.push(await launchMs(storage, server));
    const limit = { value: LIMIT_MS, unit: 'ms', digits: 0 };
    return [
      limited('start', `typhon run, launch to first chat request, best of ${ROUNDS}`, Math.min(...launches), limit),
    ];
  } finally {
    await server.close();
    await rm(storage, { recursive: true, force: true });
  }
}

async function launchMs(storage: string, server: ForkedFakeLlmServer): Promise<number> {
  const before = await chatsOf(server);
  const startMs = monotonicMs();
  const flags = ['--mode', 'quick', '--target', server.url, '--storage.path', storage, '--log.level', 'error'];
  const child = spawn(process.execPath, [typhonProgram, 'run', ...flags], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  for (;;) {
    const arrivedMs = (await chatsOf(server))[before.length];
    if (arrivedMs !== undefined) {
      child.kill('SIGINT');
      await ended;
      return arrivedMs - startMs;
    }
    if (child.exitCode !== null) throw new Error(`the run ended with ${child.exitCode} before it asked anything`);
    await delay(LOOK_EVERY_MS);
  }
}

/** When each chat request arrived. */
async function chatsOf(server: ForkedFakeLlmServer): Promise<readonly number[]> {
  return (await server.schedule()).filter(({ path }) => path === CHAT).map(({ arrivedMs }) => arrivedMs);
}
