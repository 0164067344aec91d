import t from 'tap';
import { resultColumns, type ShownTest } from '../../src/shared/result-columns.js';
import { failedTestResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';

function cells(screen: 'terminal' | 'page', test: ShownTest): Record<string, string> {
  return Object.fromEntries(
    resultColumns(screen).map(({ title, note, cell }) => [`${title} ${note ?? ''}`.trim(), cell(test)]),
  );
}

t.test('the page shows the figures of a test with their spread and unit', async (t) => {
  t.same(cells('page', testResult({ gpu_stats: gpuStats() })), {
    'Decode tokens/s': '82.5 ± 0.70',
    'Best tokens/s': '83.0',
    'All streams tokens/s': '–',
    'Prefill tokens/s': '317',
    'First token': '120 ms',
    'VRAM peak': '8.0 GiB',
    'GPU peak': '71 °C',
    'Power mean': '210 W',
    'Energy per token': '1.33 J',
  });
});

t.test('the terminal shows the main ones', async (t) => {
  t.same(Object.keys(cells('terminal', testResult())), [
    'Decode tok/s',
    'Prefill tok/s',
    'TTFT',
    'VRAM',
    'GPU',
    'Power',
  ]);
});

t.test('all streams together are told where there are several', async (t) => {
  const test = testResult({ concurrency: 4, aggregate_tps: 260.4 });
  t.equal(cells('page', test)['All streams tokens/s'], '260');
});

t.test('what is unknown is a dash, and a test without a success says so once', async (t) => {
  t.equal(cells('terminal', testResult({ avg_tps: null }))['Decode tok/s'], '–');
  t.same(Object.values(cells('terminal', failedTestResult())), ['failed', '–', '–', '–', '–', '–']);
});

t.test('what a machine without GPU readings cannot know may be left out of the page', async (t) => {
  const optional = resultColumns('page').filter(({ isOptional }) => isOptional === true);
  t.same(
    optional.map(({ title }) => title),
    ['All streams', 'VRAM', 'GPU', 'Power', 'Energy'],
  );
});
