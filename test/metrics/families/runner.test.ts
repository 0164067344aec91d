import t from 'tap';
import { runnerPhases } from '../../../src/benchmark/phase.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

t.test('one phase is 1 while a runner runs, none without', async (t) => {
  const { read, value, world } = metricsBench(t, { runner: { phase: 'decode_stream', secondsInPhase: 1.5 } });
  const active = async () =>
    (await read('typhon_runner_phase')).filter((sample) => sample.value === 1).map(({ labels }) => labels['phase']);
  t.same(await active(), ['decode_stream']);
  t.equal((await read('typhon_runner_phase')).length, runnerPhases.length);
  t.equal(await value('typhon_runner_phase_seconds'), 1.5);
  world.runner = undefined;
  t.same(await active(), []);
  t.same(await read('typhon_runner_phase_seconds'), []);
  t.equal(await value('typhon_runner_crashes_total'), 0);
});
