/** The servers that are to be measured. */
import type { MetricFamily } from '../metric.js';
import type { MetricLabels } from '../sample.js';
import { labelValue } from '../series/series-labels.js';
import type { TargetState } from '../target-prober.js';

export const targets = [
  {
    name: 'typhon_target_up',
    type: 'gauge',
    help: '1 where the target answered with a model that can be measured, or that is asleep, when it was asked last, else 0. Asked every 30 s, not while a benchmark runs.',
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
  {
    name: 'typhon_target_model_gpu_ratio',
    type: 'gauge',
    help: "Share, 0 to 1, of the loaded model's memory that lies on GPUs; the rest is computed by the CPU, which is much slower. Only of servers that tell (Ollama).",
    labels: ['target', 'model'],
    samples: (sources) =>
      sources.targets().flatMap((target) => {
        if (target.state !== 'up' || target.server.gpuRatio === undefined) return [];
        const labels = { ...ownLabels(target), target: target.name, model: labelValue(target.server.model) };
        return [{ labels, value: target.server.gpuRatio }];
      }),
  },
] as const satisfies MetricFamily;

/** What the configuration gives it; to stand before ours, so that none takes the place of one of those. */
function ownLabels({ labels }: TargetState): MetricLabels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, labelValue(value)]));
}

function infoLabels(target: TargetState): MetricLabels {
  const server = target.state === 'up' ? target.server : undefined;
  return {
    ...ownLabels(target),
    target: target.name,
    server: server?.kind ?? '',
    version: labelValue(server?.version ?? ''),
    model: labelValue(server?.model ?? ''),
    context_length: server?.contextLength === undefined ? '' : String(server.contextLength),
  };
}
