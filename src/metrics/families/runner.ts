/** Where the runner of the benchmark is. */
import { runnerPhases } from '../../benchmark/phase.js';
import type { MetricFamily } from '../metric.js';
import { single } from '../sample.js';

export const runner = [
  {
    name: 'typhon_runner_phase',
    type: 'gauge',
    help: '1 for the phase that the runner is in, 0 for the others; 0 for all while none runs.',
    labels: ['phase'],
    samples: (sources) => {
      const current = sources.runner()?.phase;
      return runnerPhases.map((phase) => ({ labels: { phase }, value: Number(phase === current) }));
    },
  },
  {
    name: 'typhon_runner_phase_seconds',
    type: 'gauge',
    help: 'Seconds since the runner entered its phase; nothing while none runs.',
    labels: [],
    samples: (sources) => single(sources.runner()?.secondsInPhase),
  },
  {
    name: 'typhon_runner_crashes_total',
    type: 'counter',
    help: 'Runners that broke or died since the agent started, without having been cancelled.',
    labels: [],
    samples: ({ runs }) => single(runs.crashes),
  },
] as const satisfies MetricFamily;
