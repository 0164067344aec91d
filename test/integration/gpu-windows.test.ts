import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { monotonicMs } from '../../src/benchmark/clock.js';
import { gpuStatsSchema } from '../../src/benchmark/result.js';
import { findingsOf } from '../../src/hardware/findings.js';
import { findGpuSource } from '../../src/hardware/registry.js';
import { Sampler } from '../../src/hardware/sampler.js';
import type { TimeWindow } from '../../src/hardware/time-window.js';
import { gpuStatsOf } from '../../src/hardware/window.js';
import { systemClock } from '../../src/shared/clock.js';
import { testResult } from '../fixtures/benchmark-result.js';
import { eventually } from '../fixtures/eventually.js';
import { fakeSmiEnv } from '../fixtures/fake-nvidia-smi.js';
import { NONE } from '../fixtures/none.js';

const INTERVAL_MS = 30;
const READINGS = 6;

const hot = [
  {},
  {
    'clocks_event_reasons.hw_thermal_slowdown': 'Active',
    'clocks_event_reasons.hw_slowdown': 'Active',
    'temperature.gpu': '93',
  },
];

t.test('what two GPUs did during each of three tests, one of them too hot', async (t) => {
  const root = t.testdir({});
  const override = join(root, 'override.json');
  const clock = systemClock(monotonicMs);
  const env = fakeSmiEnv('two-gpus', { FAKE_SMI_OVERRIDE: override });
  const machine = { platform: 'linux' as const, root, env, clock, note: (words: string) => t.fail(words) };
  const sampler = new Sampler({
    findGpuSource: () => findGpuSource('auto', machine),
    hostSource: undefined,
    intervalMs: INTERVAL_MS,
    idleIntervalMs: 15_000,
    clock,
    now: () => new Date(),
    note: (words) => t.fail(words),
  });
  t.teardown(() => sampler.close());
  const release = sampler.startJob();
  const temperature = () => sampler.latest().gpus[1]?.tempC;

  /** A window that holds some readings, all made while the second GPU had this temperature. */
  async function windowAt(degrees: number): Promise<TimeWindow> {
    await eventually(() => temperature() === degrees);
    const startMs = monotonicMs();
    let readings = 0;
    let newestMs = 0;
    await eventually(() => {
      const atMs = sampler.latest().gpus[1]?.atMs ?? 0;
      if (atMs > newestMs) readings += 1;
      newestMs = Math.max(newestMs, atMs);
      return readings > READINGS;
    });
    return { startMs, endMs: monotonicMs() };
  }

  const cold = await windowAt(71);
  // Whole at once: the fake reads it at any time.
  writeFileSync(`${override}.new`, JSON.stringify(hot));
  renameSync(`${override}.new`, override);
  const throttled = await windowAt(93);
  rmSync(override);
  const recovered = await windowAt(71);

  async function judged(window: TimeWindow) {
    const stats = gpuStatsOf(await sampler.cut(window), 100, true);
    t.same(gpuStatsSchema.parse(stats), stats);
    const test = testResult({ gpu_stats: stats });
    const findings = findingsOf({ test, window, earlier: [], lost: [], otherProcesses: [] });
    return { stats, codes: findings.map(({ code }) => code) };
  }

  const [before, during, after] = await Promise.all([judged(cold), judged(throttled), judged(recovered)]);
  release();
  for (const result of [before, after]) {
    t.match(result, {
      stats: { peak_vram_used_mb: 14_336, peak_temp_c: 71, throttled_ratio: 0, avg_power_w: 550, avg_util_pct: 90 },
      codes: NONE,
    });
    t.ok((result.stats?.sample_count ?? 0) >= READINGS);
    t.ok((result.stats?.joules_per_token ?? 0) > 0);
  }
  t.match(during, {
    stats: { peak_temp_c: 93, throttled_ratio: 1 },
    codes: ['thermal_throttling'],
  });
  t.same(
    during.stats?.gpus.map(({ throttled_ratio }) => throttled_ratio),
    [0, 1],
  );
});
