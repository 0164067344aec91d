import t from 'tap';
import { trendsAnswerSchema } from '../../src/api/trends-answer.js';
import { isRegressed, trendPlot, valueRange } from '../../src/web/trend-plot.js';

const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString();

const regression = {
  status: 'active',
  since: at(3),
  first_bad_run_id: 'r3',
  last_good_run_id: 'r2',
  last_good_at: at(2),
  before_run_id: 'r1',
  after_run_id: 'r3',
  detected_at: at(4),
  detected_run_id: 'r4',
  change_ratio: -0.12,
  p_value: 0.001,
  changes: [],
  culprit: null,
};

function series(fields: { readonly regression?: object; readonly baseline?: object | null } = {}) {
  const baseline = { median: 100, mad: 1, samples: 20, from: at(1), to: at(2) };
  const [first] = trendsAnswerSchema.shape.series.parse([
    {
      series: { machine_id: 'm', target: 'local', model: 'fake', test_id: 'baseline_short', workload_version: 1 },
      runs: 4,
      last_run_at: at(4),
      reset: null,
      signals: [
        {
          signal: 'decode_speed',
          unit: 'tokens/s',
          worse: 'lower',
          baseline,
          current: null,
          change_ratio: null,
          regression: { status: 'steady' },
          drift: [],
          ...fields,
        },
      ],
      points: [100, 101, 88, null].map((value, index) => ({
        run_id: `r${index + 1}`,
        run_at: at(index + 1),
        decode_speed: value,
        prefill_speed: null,
        ttft: null,
        energy_per_token: null,
        peak_temperature: null,
      })),
    },
  ]);
  if (first === undefined) throw new Error('a series was expected');
  return first;
}

t.test('draws the runs that know the figure, with the band of good ones', async (t) => {
  const plot = trendPlot(series(), 'decode_speed');
  t.same(plot?.values, [100, 101, 88]);
  t.same(plot?.runIds, ['r1', 'r2', 'r3']);
  t.equal(plot?.times[0], Date.parse(at(1)) / 1000);
  t.same(plot?.regressed, [null, null, null]);
  t.match(plot?.band, { median: 100 });
  // 1.645 standard deviations, each of 1.4826 median absolute deviations.
  t.ok(Math.abs((plot?.band?.high ?? 0) - 102.439) < 0.001);
  t.equal(trendPlot(series(), 'ttft'), undefined);
});

t.test('marks the runs since a regression began', async (t) => {
  t.same(trendPlot(series({ regression }), 'decode_speed')?.regressed, [null, null, 88]);
  t.equal(isRegressed(series({ regression })), true);
  t.equal(isRegressed(series()), false);
});

t.test('has no band while the baseline is being learned', async (t) => {
  const learning = { regression: { status: 'learning', samples: 3, needed: 5 }, baseline: null };
  t.equal(trendPlot(series(learning), 'decode_speed')?.band, undefined);
});

t.test('the range shows noise as noise and holds every value and the band', async (t) => {
  const [low, high] = valueRange({ values: [99.9, 100.1], band: undefined });
  t.ok(low < 90 && high > 110);
  const [lowest, highest] = valueRange({ values: [50, 200], band: { low: 90, high: 110, median: 100 } });
  t.ok(lowest < 50 && highest > 200);
  t.equal(valueRange({ values: [0, 10], band: undefined })[0], 0);
});
