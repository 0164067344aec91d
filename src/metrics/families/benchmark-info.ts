/** What describes a benchmark series without telling it from others. */
import { shortModelName } from '../../shared/model-name.js';
import type { MetricFamily } from '../metric.js';
import { perSeries } from '../series/per-series.js';
import { labelValue, seriesLabelNames } from '../series/series-labels.js';

export const benchmarkInfo = [
  {
    name: 'typhon_benchmark_info',
    type: 'gauge',
    help: 'Always 1: how the weights of the model are stored, the file behind it and the version of its server, as far as they are known, in the last successful run.',
    labels: [...seriesLabelNames, 'quantization', 'model_file', 'server_version'],
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, measured }) => {
        if (measured === undefined) return [];
        const { quantisation, model_file: file, server_version: version } = measured.of;
        const described = {
          ...labels,
          quantization: labelValue(quantisation ?? ''),
          model_file: labelValue(shortModelName(file ?? '')),
          server_version: labelValue(version ?? ''),
        };
        return [{ labels: described, value: 1 }];
      },
    ),
  },
] as const satisfies MetricFamily;
