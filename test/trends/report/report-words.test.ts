import t from 'tap';
import { machineReport } from '../../../src/trends/report/machine-report.js';
import { reportMarkdown } from '../../../src/trends/report/report-markdown.js';
import {
  noRegression,
  regressionSentence,
  reportFacts,
  slotsNote,
  streamRows,
} from '../../../src/trends/report/report-words.js';
import { machineVerdict } from '../../../src/trends/verdict/machine-verdict.js';
import { benchmarkResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';

const now = new Date('2026-11-22T00:00:00.000Z');

function factsOf(fields: Parameters<typeof testResult>[0], price?: Parameters<typeof machineReport>[2]['price']) {
  const result = benchmarkResult({ benchmarks: [testResult(fields)] });
  return Object.fromEntries(reportFacts(machineReport(result, [], { now, price })));
}

t.test('an interval that reaches below 0 is shown from 0 on', async (t) => {
  t.match(factsOf({ avg_tps: 10, ci95_tps: [-2.5, 22.5] }), { Baseline: '10.0 tokens/s (95 %: 0.00 to 22.5)' });
});

t.test('that there is no regression is said only where one could have been told', async (t) => {
  const report = machineReport(benchmarkResult({ target: 'local', model: 'tiny' }), [], { now });
  t.equal(noRegression(report), 'Too few runs yet to tell a regression of tiny on local.');
  t.equal(noRegression({ ...report, is_judged: true }), 'No regression of tiny on local.');
});

t.test('energy is told where it is known, its cost where there is a price', async (t) => {
  const gpu_stats = gpuStats({ joules_per_token: 1.33 });
  t.notOk('Energy' in factsOf({}));
  t.equal(factsOf({ gpu_stats })['Energy'], '1.33 J a token (GPUs)');
  t.match(factsOf({ gpu_stats }, { gramsCo2PerKwh: 380 })['Energy'], /: 140 g of CO₂ for a million tokens$/);
  t.equal(
    factsOf({ gpu_stats }, { pricePerKwh: 0.3, currency: 'EUR' })['Energy'],
    '1.33 J a token (GPUs): 0.11 EUR for a million tokens',
  );
});

function loaded(slots: number | null) {
  const load = testResult({
    test_id: 'concurrency_8',
    category: 'load',
    concurrency: 8,
    aggregate_tps: 320,
    avg_tps: 41,
    avg_queued_ttft_s: 2.5,
  });
  const single = testResult({ completion_tokens: 64, avg_elapsed_s: 0.8 });
  const { server } = benchmarkResult();
  const result = benchmarkResult({ benchmarks: [single, load], server: { ...server, slots } });
  return machineReport(result, [], { now });
}

t.test('the curve over streams tells all together and one of them apart', async (t) => {
  t.same(streamRows(loaded(null)), [
    ['1', '80.0', '× 1.00', '82.5', '120 ms', '–'],
    ['8', '320', '× 4.00', '41.0', '120 ms', '2.50 s'],
  ]);
});

t.test('the slots of a server are told, and where there were more streams', async (t) => {
  const serverOf = (slots: number | null) => Object.fromEntries(reportFacts(loaded(slots)))['Server'];
  t.match(serverOf(4), /context 32,768, 4 slots$/);
  t.match(serverOf(1), /, 1 slot$/);
  t.notMatch(serverOf(null), /slot/);
  t.equal(slotsNote(loaded(4)), 'The server works on 4 at once: further streams wait for one to end.');
  t.equal(slotsNote(loaded(8)), undefined);
  t.equal(slotsNote(loaded(null)), undefined);
});

const regression = {
  test_id: 'long_gen',
  label: 'decode speed',
  change_ratio: -0.123,
  since: '2026-07-20T00:17:00.000Z',
  changes: null,
  culprit: null,
  behind: null,
};

t.test('a regression says what changed and whose fault it is', async (t) => {
  const driver = { factor: 'gpu_driver', before: '1', after: '2', words: 'GPU driver 1 → 2', explains: true } as const;
  const cooler = { ...driver, words: 'GPU temperature 80 → 70 °C', explains: false };
  t.equal(
    regressionSentence({ ...regression, changes: [driver, cooler], culprit: 'machine' }),
    'Long generation stress: decode speed −12 % since 2026-07-20T00:17:00.000Z. Changed then: GPU driver 1 → 2.' +
      ' The reference model slowed too: it is the machine.',
  );
  t.match(regressionSentence(regression), /Nothing is known to have changed\.$/);
  t.match(regressionSentence({ ...regression, culprit: 'server' }), /it is the server\.$/);
  t.match(
    regressionSentence({ ...regression, behind: 'weekly_swing' }),
    /decode speed −12 % against the month before \(it came behind a weekly swing\) since 2026-07-20/,
  );
});

t.test('no name becomes markup', async (t) => {
  const report = machineReport(benchmarkResult({ model: '<b>|a`b*' }), [], { now });
  const verdict = machineVerdict({ now, targets: [], trends: [], attempts: [], staleAtMs: () => 0 });
  const text = reportMarkdown({ ...report, verdict });
  t.ok(text.startsWith('# \\<b\\>\\|a\\`b\\*\n'));
});

t.test('Markdown has a table of the streams where there was a load test', async (t) => {
  const verdict = machineVerdict({ now, targets: [], trends: [], attempts: [], staleAtMs: () => 0 });
  const text = reportMarkdown({ ...loaded(4), verdict });
  t.match(text, /^## Streams at once$/m);
  t.match(text, /^\| 8 \| 320 \| × 4\.00 \| 41\.0 \|/m);
  t.match(text, /^The server works on 4 at once/m);
  t.notMatch(reportMarkdown({ ...machineReport(benchmarkResult(), [], { now }), verdict }), /Streams at once/);
});
