/** What the longer expressions answer, evaluated by Prometheus's own engine. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { changedExpr, curveExpr, meanOfRuns, SERIES, zerosBy, zerosOf } from '../../grafana/promql.js';
import { withVariables } from '../fixtures/dashboard-variables.js';
import { skipWithoutPrometheus } from '../fixtures/prometheus-package.js';

interface Answer {
  readonly labels: string;
  readonly value: number;
}

interface Case {
  readonly expr: string;
  /** Series, each with its values minute by minute, as promtool writes them. */
  readonly series: Readonly<Record<string, string>>;
  /** By the minute at which it is asked. */
  readonly answers: Readonly<Record<number, readonly Answer[]>>;
}

const skip = skipWithoutPrometheus();
const times = { rangeS: 7200, intervalS: 300, scrapeS: 60 };

/** What promtool says of it; nothing where all is as expected. */
function complaints(t: Test, { expr, series, answers }: Case): string {
  const test = {
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: Object.entries(answers).map(([minute, exp_samples]) => ({
          expr: withVariables(expr, times),
          eval_time: `${minute}m`,
          exp_samples,
        })),
      },
    ],
  };
  const folder = t.testdir({ 'case.yml': stringify(test) });
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', join(folder, 'case.yml')], {
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

const driver = (version: string) => `info{instance="a", driver="${version}"}`;
const driverChange = changedExpr('info', ['instance'], ['driver']);
const newDriver = (version: string) => [{ labels: `{instance="a", driver="${version}"}`, value: 1 }];

t.test('a change is marked once, when the new one is there, also after a night off', { skip }, async (t) => {
  const series = {
    [driver('1')]: '1x60 stale',
    [driver('2')]: '_x600 1x60',
    'info{instance="b", driver="1"}': '1x700',
  };
  const answers = { 30: [], 300: [], 600: newDriver('2'), 604: newDriver('2'), 605: [], 640: [] };
  t.equal(complaints(t, { expr: driverChange, series, answers }), '');
});

t.test('neither the first sight nor the return of the same is a change', { skip }, async (t) => {
  const series = { [driver('1')]: '_x30 1x30 stale _x300 1x60' };
  const answers = { 29: [], 30: [], 31: [], 33: [], 361: [], 362: [], 363: [], 370: [] };
  t.equal(complaints(t, { expr: driverChange, series, answers }), '');
});

t.test('of two that were replaced at once each is marked', { skip }, async (t) => {
  const series = {
    'info{instance="a", driver="1"}': '1x60 stale',
    'info{instance="b", driver="1"}': '1x60 stale',
    'info{instance="a", driver="2"}': '_x61 1x60',
    'info{instance="b", driver="3"}': '_x61 1x60',
  };
  const both = [...newDriver('2'), { labels: '{instance="b", driver="3"}', value: 1 }];
  t.equal(complaints(t, { expr: driverChange, series, answers: { 61: both, 66: [] } }), '');
});

const names = 'instance="a", target="t", model="m", test="x"';
const meanByVersion = meanOfRuns(
  `max by (${SERIES.join(', ')}) (tps)`,
  `max by (${SERIES.join(', ')}) (last)`,
  SERIES,
  '* on (instance, target) group_left (version) topk by (instance, target) (1, info)',
);

t.test(
  'runs are averaged by what was in force when they took place, not by how long they were held',
  { skip },
  async (t) => {
    const series = {
      // Runs end in minutes 10, 40 and 50, at 100, 50 and 30 tokens/s; the version changes in minute 30.
      [`tps{${names}}`]: '_x10 100x29 50x9 30x70',
      [`last{${names}}`]: '_x10 600x29 2400x9 3000x70',
      'info{instance="a", target="t", version="1"}': '1x29 stale',
      'info{instance="a", target="t", version="2"}': '_x30 1x90',
    };
    const answers = {
      118: [
        { labels: `{${names}, version="1"}`, value: 100 },
        { labels: `{${names}, version="2"}`, value: 40 },
      ],
    };
    t.equal(complaints(t, { expr: meanByVersion, series, answers }), '');
  },
);

t.test('zeros are counted, also where there is none', { skip }, async (t) => {
  const series = { 'up{instance="a"}': '1x9', 'up{instance="b"}': '0x9', 'up{instance="c"}': '1x9' };
  t.equal(complaints(t, { expr: zerosOf('up'), series, answers: { 5: [{ labels: '{}', value: 1 }] } }), '');
  const each = [
    { labels: '{instance="a"}', value: 0 },
    { labels: '{instance="b"}', value: 1 },
    { labels: '{instance="c"}', value: 0 },
  ];
  t.equal(complaints(t, { expr: zerosBy(['instance'], 'up'), series, answers: { 5: each } }), '');
});

t.test('the lines of a curve are named by model, target and machine', { skip }, async (t) => {
  const own = 'instance="a", target="t", model="m", ctx_size="2048"';
  const series = { [`tps{${own}, server="old"}`]: '1x9', [`tps{${own}, server="new"}`]: '3x9' };
  const answers = { 5: [{ labels: `{${own}, series="m · t · a"}`, value: 3 }] };
  t.equal(complaints(t, { expr: curveExpr('tps'), series, answers }), '');
});

t.test('an answer that is not the expected one is told of', { skip }, async (t) => {
  const series = { 'up{instance="a"}': '1x9' };
  t.match(complaints(t, { expr: 'up', series, answers: { 5: [{ labels: '{}', value: 2 }] } }), 'FAILED');
});
