import t from 'tap';
import { columnsFor, resultColumns, type ShownTest } from '../../src/shared/result-columns.js';
import { failedTestResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';

function cells(screen: 'terminal' | 'page', test: ShownTest): Record<string, string> {
  return Object.fromEntries(
    resultColumns(screen).map(({ title, note, cell }) => [`${title} ${note ?? ''}`.trim(), cell(test)]),
  );
}

t.test('the page shows the figures of a test with the half-width of their interval and unit', async (t) => {
  t.same(cells('page', testResult({ gpu_stats: gpuStats() })), {
    'Decode tokens/s': '82.5 ± 1.24',
    'Best tokens/s': '83.0',
    'All streams tokens/s': '–',
    'Prefill tokens/s': '317',
    'First token': '120 ms',
    'First token queued': '–',
    'Draft accepted': '–',
    'VRAM peak': '8.0 GiB',
    'GPU peak': '71 °C',
    'Power mean': '210 W',
    'Energy per token': '1.33 J',
    Runs: '3',
  });
});

t.test('the terminal shows the main ones', async (t) => {
  t.same(Object.keys(cells('terminal', testResult())), [
    'Decode tok/s',
    'All streams tok/s',
    'Prefill tok/s',
    'TTFT',
    'TTFT queued',
    'Draft acc.',
    'VRAM',
    'GPU',
    'Power',
    'Runs',
  ]);
});

t.test('all streams together are told where there are several', async (t) => {
  const test = testResult({ concurrency: 4, aggregate_tps: 260.4 });
  t.equal(cells('page', test)['All streams tokens/s'], '260');
});

t.test('what is unknown is a dash, and a test without a success says so once', async (t) => {
  t.equal(cells('terminal', testResult({ avg_tps: null }))['Decode tok/s'], '–');
  t.same(Object.values(cells('terminal', failedTestResult())), [
    'failed',
    '–',
    '–',
    '–',
    '–',
    '–',
    '–',
    '–',
    '–',
    '0 of 3',
  ]);
});

t.test('what a machine without GPU readings cannot know may be left out of the page', async (t) => {
  const optional = resultColumns('page').filter(({ isOptional }) => isOptional === true);
  t.same(
    optional.map(({ title }) => title),
    ['All streams', 'First token', 'Draft', 'VRAM', 'GPU', 'Power', 'Energy'],
  );
});

t.test('an interval that is cut off at 0 still tells its half-width', async (t) => {
  t.equal(cells('page', testResult({ avg_tps: 10, ci95_tps: [0, 22.5] }))['Decode tokens/s'], '10.0 ± 12.5');
  t.equal(cells('page', testResult({ ci95_tps: null }))['Decode tokens/s'], '82.5', 'below three runs there is none');
});

t.test('runs that do not count are told', async (t) => {
  const runs = (fields: Partial<ShownTest>) => cells('terminal', { ...testResult(), ...fields })['Runs'];
  t.equal(runs({ n_runs: 3, successful_runs: 2 }), '2');
  t.equal(runs({ n_runs: 3, successful_runs: 1 }), '1 of 2');
  t.equal(runs({ n_runs: 1, successful_runs: 1 }), '1', 'no warm-up');
  t.equal(runs({ n_runs: 3, successful_runs: 8, concurrency: 8 }), '8 of 16', 'each stream of each wave');
});

t.test('beside all streams together the speed of one is named as such', async (t) => {
  const titles = (screen: 'terminal' | 'page', test: ShownTest) =>
    columnsFor(resultColumns(screen), [test]).map(({ title }) => title);
  const load = testResult({ concurrency: 4, aggregate_tps: 260.4 });
  t.same(titles('terminal', load).slice(0, 2), ['One stream tok/s', 'All streams tok/s']);
  t.same(titles('page', load).slice(0, 3), ['One stream', 'Best stream', 'All streams']);
  t.same(titles('terminal', testResult()).slice(0, 2), ['Decode tok/s', 'Prefill tok/s']);
});
