/** The servers that are to be measured. */
import type { MetricFamily, MetricLabels } from '../metric.js';
import { labelValue } from '../series/series-labels.js';
import type { TargetState } from '../target-prober.js';

export const targets = [
  {
    name: 'typhon_target_up',
    type: 'gauge',
    help: '1 where the target answered with a model that can be measured when it was asked last, else 0. Asked every 30 s, not while a benchmark runs.',
    labels: ['target'],
    samples: (sources) =>
      sources.targets().map(({ name, state }) => ({ labels: { target: name }, value: Number(state === 'up') })),
  },
  {
    name: 'typhon_target_info',
    type: 'gauge',
    help: 'Always 1: what the target says of itself, as far as it answers, with the labels that the configuration gives it.',
    labels: ['target', 'server', 'version', 'model', 'context_length'],
    samples: (sources) => sources.targets().map((target) => ({ labels: infoLabels(target), value: 1 })),
  },
] as const satisfies MetricFamily;

/** The target's own labels first: none of them takes the place of one of ours. */
function infoLabels(target: TargetState): MetricLabels {
  const own = Object.entries(target.labels).map(([name, value]) => [name, labelValue(value)]);
  const server = target.state === 'up' ? target.server : undefined;
  return {
    ...Object.fromEntries(own),
    target: target.name,
    server: server?.kind ?? '',
    version: labelValue(server?.version ?? ''),
    model: labelValue(server?.model ?? ''),
    context_length: server?.contextLength === undefined ? '' : String(server.contextLength),
  };
}
