/** The servers that are to be measured. */
import type { MetricFamily } from '../metric.js';
import type { MetricLabels } from '../sample.js';
import { configuredLabels, labelValue, modelLabel } from '../series/series-labels.js';
import type { TargetState } from '../target-prober.js';

export const targets = [
  {
    name: 'typhon_target_up',
    type: 'gauge',
    help: '1 where the server answered when it was asked last, whether or not a model is loaded, else 0. Asked every 30 s, not while a benchmark runs.',
    labels: ['target'],
    samples: (sources) =>
      sources.targets().map((target) => ({ labels: targetLabels(target), value: Number(target.state !== 'down') })),
  },
  {
    name: 'typhon_target_model_loaded',
    type: 'gauge',
    help: '1 where the target had a model in memory that can be measured when it was asked last, 0 where it had none or it was asleep; nothing while the server does not answer.',
    labels: ['target'],
    samples: (sources) =>
      sources.targets().flatMap((target) => {
        if (target.state === 'down') return [];
        const isLoaded = target.state === 'up' && target.server.asleep !== true;
        return [{ labels: targetLabels(target), value: Number(isLoaded) }];
      }),
  },
  {
    name: 'typhon_target_info',
    type: 'gauge',
    help: 'Always 1: what the target says of itself, as far as it answers.',
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
        const labels = { ...targetLabels(target), model: modelLabel(target.server.model) };
        return [{ labels, value: target.server.gpuRatio }];
      }),
  },
] as const satisfies MetricFamily;

function targetLabels({ name, labels }: TargetState): MetricLabels {
  return { ...configuredLabels(labels), target: name };
}

function infoLabels(target: TargetState): MetricLabels {
  const server = target.state === 'up' ? target.server : undefined;
  return {
    ...targetLabels(target),
    server: server?.kind ?? '',
    version: labelValue(server?.version ?? ''),
    model: modelLabel(server?.model ?? ''),
    context_length: server?.contextLength === undefined ? '' : String(server.contextLength),
  };
}
