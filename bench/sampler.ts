/** What watching the GPUs costs: CPU of this process for each sample, and what it does to the speed that is measured. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphics } from 'systeminformation';
import { monotonicMs } from '../src/benchmark/clock.js';
import { quantile } from '../src/benchmark/figures/statistics.js';
import { nvidiaLineParser } from '../src/hardware/nvidia/nvidia-parse.js';
import { type NvidiaColumn, probeNvidia, queryArguments } from '../src/hardware/nvidia/nvidia-query.js';
import { findGpuSource } from '../src/hardware/registry.js';
import { Sampler } from '../src/hardware/sampler.js';
import { runProgram } from '../src/hardware/system/program.js';
import { systemClock } from '../src/shared/clock.js';
import { fakeNvidiaSmiFolder, fakeSmiEnv } from '../test/fixtures/fake-nvidia-smi.js';
import { forkFakeLlmServer } from '../test/fixtures/forked-fake-llm-server.js';
import { runClient } from './client-program.js';
import { type Figure, limited, noted } from './figure.js';

const GPUS = 2;
// All at a job's rhythm: what wakes up five times a second finds cold caches, what runs in a loop does not.
const INTERVAL_MS = 200;
const READINGS = 8;
const ROUNDS = 2;
const TIMES_LESS = 20;
const WARM_UP_INTERVAL_MS = 4;
const WARM_UP_MS = 6000;

const fakeTool = join(fakeNvidiaSmiFolder, 'nvidia-smi');

const PAIRS = 3;
const REQUESTS = 3;
const MAX_TOKENS = 100;
const TOKEN_GAP_MS = 5;
const SPEED_LIMIT = { value: 0.5, unit: '%', digits: 3 };

/** The same fake tool of two GPUs everywhere. */
export async function samplerFigures(): Promise<readonly Figure[]> {
  const root = await mkdtemp(join(tmpdir(), 'typhon-bench-'));
  try {
    return [...(await cpuFigures(root)), ...(await disturbanceFigures(root))];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** An empty root: whatever else the machine has stays out of the figures. */
function newSampler(root: string, intervalMs: number): Sampler {
  const clock = systemClock(monotonicMs);
  const machine = { platform: 'linux', root, env: fakeSmiEnv('two-gpus'), clock, note: () => undefined } as const;
  return new Sampler({
    findGpuSource: () => findGpuSource('nvidia', machine),
    hostSource: undefined,
    intervalMs,
    idleIntervalMs: intervalMs,
    clock,
    now: () => new Date(),
    note: machine.note,
  });
}

async function cpuFigures(root: string): Promise<readonly Figure[]> {
  await warmUp(root);
  const probe = await probeNvidia(fakeTool, { env: fakeSmiEnv('two-gpus'), clock: systemClock(monotonicMs) });
  if (probe.state !== 'ready') throw new Error(`the fake tool is ${probe.state}`);
  const least = {
    rest: Number.POSITIVE_INFINITY,
    sampler: Number.POSITIVE_INFINITY,
    spawning: Number.POSITIVE_INFINITY,
    graphics: Number.POSITIVE_INFINITY,
  };
  // In turns, so that a busier time on the machine falls on all alike.
  for (let round = 0; round < ROUNDS; round++) {
    least.rest = Math.min(least.rest, await turnCpuUs(() => sleep(INTERVAL_MS)));
    least.sampler = Math.min(least.sampler, await samplerCpuUs(root));
    least.spawning = Math.min(least.spawning, await turnCpuUs(inRhythm(() => sampleBySpawning(probe.columns))));
    least.graphics = Math.min(least.graphics, await withFakeOnPath(() => turnCpuUs(inRhythm(graphics))));
  }
  const ours = least.sampler - least.rest;
  const against = (name: string, cpuUs: number) => {
    const yardstick = cpuUs - least.rest;
    const limit = { value: yardstick / TIMES_LESS, unit: 'µs', digits: 1 };
    const words = `CPU a sample and GPU, × ${TIMES_LESS} against ${name} (${yardstick.toFixed(0)} µs)`;
    return limited('sampler', words, ours, limit);
  };
  return [against('nvidia-smi for each', least.spawning), against('systeminformation.graphics()', least.graphics)];
}

async function withFakeOnPath<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env['PATH'];
  process.env['PATH'] = `${fakeNvidiaSmiFolder}:${before}`;
  try {
    return await work();
  } finally {
    process.env['PATH'] = before;
  }
}

/** An agent runs for weeks: code that is not compiled yet belongs to its first minutes alone. */
async function warmUp(root: string): Promise<void> {
  const sampler = newSampler(root, WARM_UP_INTERVAL_MS);
  const release = sampler.startJob();
  await sleep(WARM_UP_MS);
  if (sampler.latest().gpus.length !== GPUS) throw new Error(`expected the readings of ${GPUS} GPUs`);
  release();
}

async function samplerCpuUs(root: string): Promise<number> {
  const sampler = newSampler(root, INTERVAL_MS);
  const release = sampler.startJob();
  await sampler.readNow(60_000);
  const cpuUs = await turnCpuUs(() => sleep(INTERVAL_MS));
  const { gpus } = sampler.latest();
  release();
  if (gpus.length !== GPUS) throw new Error(`expected the readings of ${GPUS} GPUs, got ${gpus.length}`);
  return cpuUs;
}

/**
 * CPU time of this process for one GPU's sample, over turns that bring one reading each. Other work on the machine can
 * only add to it, so the least of several comes nearest to the truth.
 */
async function turnCpuUs(turn: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let reading = 0; reading < READINGS; reading++) await turn();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / READINGS / GPUS;
}

function inRhythm(work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    const rest = sleep(INTERVAL_MS);
    await work();
    await rest;
  };
}

/** The same figures of the same GPUs, from a process of their own. */
async function sampleBySpawning(columns: readonly NvidiaColumn[]): Promise<void> {
  const output = await runProgram(fakeTool, queryArguments(columns), {
    env: fakeSmiEnv('two-gpus'),
    timeoutMs: 60_000,
  });
  const parse = nvidiaLineParser(columns);
  const samples = output.stdout.split('\n').flatMap((line) => parse(line)?.sampleAt(monotonicMs()) ?? []);
  if (samples.length !== GPUS) throw new Error(`expected ${GPUS} samples, got ${output.stdout}`);
}

/** Pairs of the same load, one of each pair sampled at 5 Hz, in turns which comes first. */
async function disturbanceFigures(root: string): Promise<readonly Figure[]> {
  const server = await forkFakeLlmServer({ ttftMs: 20, tokenGapMs: TOKEN_GAP_MS });
  const alone = () => decodeTps(server.url);
  const sampled = async () => {
    const sampler = newSampler(root, INTERVAL_MS);
    const release = sampler.startJob();
    await sampler.readNow(60_000);
    try {
      return await decodeTps(server.url);
    } finally {
      release();
    }
  };
  try {
    await alone();
    const changes: number[] = [];
    const noise: number[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const sampledFirst = pair % 2 === 1 ? await sampled() : undefined;
      const before = await alone();
      const watched = sampledFirst ?? (await sampled());
      changes.push(100 * (watched / before - 1));
      noise.push(100 * ((await alone()) / before - 1));
    }
    return [
      limited('sampler', 'decode speed changed by sampling at 5 Hz', absoluteMedian(changes), SPEED_LIMIT),
      noted(limited('sampler', '  the same between two runs without it', absoluteMedian(noise), SPEED_LIMIT)),
    ];
  } finally {
    await server.close();
  }
}

async function decodeTps(url: string): Promise<number> {
  const load = { url, streams: 1, requests: REQUESTS, warmups: 1, staggerMs: 0, maxTokens: MAX_TOKENS };
  const speeds = (await runClient('typhon', load)).map((reading) => reading.decodeTps);
  const speed = quantile(
    speeds.filter((each) => each !== undefined),
    0.5,
  );
  if (speed === undefined) throw new Error('no request brought two tokens');
  return speed;
}

/** Of signed changes, so that noise to both sides cancels out and a steady slowdown does not. */
function absoluteMedian(changes: readonly number[]): number | undefined {
  const middle = quantile(changes, 0.5);
  return middle === undefined ? undefined : Math.abs(middle);
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
