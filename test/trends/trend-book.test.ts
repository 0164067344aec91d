import t from 'tap';
import type { ChronicleRow } from '../../src/chronicle/row.js';
import { seriesKeyOf } from '../../src/trends/series.js';
import { type SignalVerdict, TrendBook, trendBookSchema, trendsOf } from '../../src/trends/trend-book.js';
import { DAY_MS, type HistoryPlan, historyRow, historyRuns, historyStart } from '../fixtures/history.js';
import { seededRandom } from '../fixtures/seeded-random.js';

const settings = {
  options: { window: 20, minSamples: 5, drop: 0.1 },
  isReferenceModel: (model: string) => model === 'reference',
};

const later = new Date('2028-01-01T00:00:00.000Z');

const slowed: HistoryPlan = {
  seed: 3,
  days: 30,
  cv: 0.01,
  steps: [{ day: 20, ratios: { decode_speed: 0.8 }, fields: { gpu_driver: '560.35.03' } }],
};

function events(verdicts: readonly SignalVerdict[]): string[] {
  return verdicts
    .filter(({ verdict }) => ['started', 'recovered', 'improved'].includes(verdict.kind))
    .map(({ signal, verdict, at }) => `${verdict.kind} ${signal} ${at}`);
}

function dayAt(day: number): string {
  return new Date(historyStart.getTime() + day * DAY_MS).toISOString();
}

t.test('a finished run is judged by all of its tests and signals', async (t) => {
  const book = new TrendBook(settings);
  const [run = []] = historyRuns({ ...slowed, tests: ['baseline_short', 'long_gen'] });
  const verdicts = book.judge(run, later);
  t.equal(verdicts.length, 10);
  t.match(verdicts[0], { series: { test_id: 'baseline_short' }, signal: 'decode_speed', runId: run[0]?.run_id });
  t.equal(book.trends(later).length, 2);
});

t.test('run by run or all at once: the same', async (t) => {
  const runs = historyRuns(slowed);
  const live = new TrendBook(settings);
  const verdicts = runs.flatMap((run) => live.judge(run, later));
  const replayed = new TrendBook(settings);
  t.strictSame(events(replayed.catchUp(runs.flat(), later)), events(verdicts));
  t.strictSame(replayed.snapshot(), live.snapshot());
  t.strictSame(trendsOf(runs.flat(), settings, later), live.trends(later));
  t.strictSame(events(verdicts).length, 1);
});

t.test('rows out of order, doubled, of other versions or without a value change nothing', async (t) => {
  const rows = historyRuns(slowed).flat();
  const random = seededRandom(8);
  const poor = historyRow({ run_id: 'poor', run_at: dayAt(10.1), avg_tps: null, avg_ttft_s: Number.NaN });
  const mixed = [...rows, ...rows.slice(10, 60)]
    .map((row) => ({ row, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ row }) => row);
  const decode = (given: readonly ChronicleRow[]): unknown =>
    trendsOf(given, settings, later).map(({ signals }) => signals.filter(({ signal }) => signal === 'decode_speed'));
  t.strictSame(decode([...mixed, poor]), decode(rows));
  t.equal(trendsOf(mixed, settings, later)[0]?.runs, rows.length);
});

t.test('another model or workload is another series, with a baseline of its own', async (t) => {
  const rows = historyRuns(slowed).flat();
  const changed = rows.map((row) => (row.run_at >= dayAt(20) ? { ...row, workload_version: 2 } : row));
  const book = new TrendBook(settings);
  t.strictSame(events(book.catchUp(changed, later)), []);
  t.equal(book.trends(later).length, 2);
});

t.test('what changed is told with the start, the driver first', async (t) => {
  const book = new TrendBook(settings);
  const verdicts = historyRuns(slowed).flatMap((run) => book.judge(run, later));
  const started = verdicts.map(({ verdict }) => verdict).find(({ kind }) => kind === 'started');
  t.match(started?.kind === 'started' ? started.regression.changes : undefined, [
    { factor: 'gpu_driver', words: 'GPU driver 550.54.14 → 560.35.03' },
  ]);
  t.match(book.trends(later)[0]?.signals[0]?.regression, { changes: [{ factor: 'gpu_driver' }] });
});

t.test('a better explanation replaces it', async (t) => {
  const book = new TrendBook(settings);
  const rows = historyRuns(slowed).flat();
  book.catchUp(rows, later);
  const key = seriesKeyOf(rows[0] ?? historyRow());
  const change = { factor: 'pcie_width', before: 16, after: 4, words: 'PCIe lanes 16 → 4', explains: true } as const;
  t.ok(book.explain(key, 'decode_speed', [change]));
  t.match(book.trends(later)[0]?.signals[0]?.regression, { changes: [change] });
  t.notOk(book.explain(key, 'ttft', [change]), 'no regression to explain');
  t.notOk(book.explain({ ...key, target: 'other' }, 'decode_speed', [change]), 'no such series');
});

t.test('a restart forgets nothing: a baseline frozen long ago is still the baseline', async (t) => {
  const runs = historyRuns({ ...slowed, days: 120 });
  const before = new TrendBook(settings);
  for (const run of runs) before.judge(run, later);
  const snapshot = trendBookSchema.parse(JSON.parse(JSON.stringify(before.snapshot())));
  const after = new TrendBook(settings, snapshot);
  // The tail has runs on the bad level alone; all but the last ten were judged before.
  const more = historyRuns({ ...slowed, days: 125 }).flat();
  t.strictSame(events(after.catchUp(more.slice(-100), later)), []);
  const [trend] = after.trends(later);
  t.equal(trend?.runs, 125 * 4);
  t.match(trend?.signals[0]?.regression, { status: 'active', since: dayAt(20) });
  for (const run of historyRuns({ ...slowed, days: 125 }).slice(120 * 4)) before.judge(run, later);
  t.strictSame(after.snapshot(), before.snapshot());
});

t.test('a reset ends a regression, makes what follows the new normal, and says why', async (t) => {
  const book = new TrendBook(settings);
  const runs = historyRuns({ ...slowed, days: 60 });
  for (const run of runs.slice(0, 100)) book.judge(run, later);
  t.equal(book.trends(later)[0]?.signals[0]?.regression.status, 'active');
  t.equal(book.reset({ at: dayAt(25), reason: 'quieter fan curve', series: {} }), 1);
  t.match(book.trends(later)[0], {
    reset: { at: dayAt(25), reason: 'quieter fan curve' },
    signals: [{ regression: { status: 'learning', samples: 0 } }],
  });
  t.strictSame(events(runs.slice(100).flatMap((run) => book.judge(run, later))), []);
  const [decode] = book.trends(later)[0]?.signals ?? [];
  t.equal(decode?.regression.status, 'steady');
  t.ok(Math.abs((decode?.baseline?.median ?? 0) / (82.5 * 0.8) - 1) < 0.02);
});

t.test('a reset counts again when the chronicle is judged anew', async (t) => {
  const live = new TrendBook(settings);
  const runs = historyRuns({ ...slowed, days: 60 });
  const reset = { at: '2026-01-26T00:17:00Z', reason: 'new normal', series: { target: 'workstation' } };
  for (const run of runs.slice(0, 100)) live.judge(run, later);
  live.reset(reset);
  for (const run of runs.slice(100)) live.judge(run, later);
  const rebuilt = new TrendBook(settings);
  t.equal(rebuilt.reset(reset), 0, 'no series is known yet');
  rebuilt.catchUp(runs.flat(), later);
  t.strictSame(rebuilt.snapshot(), live.snapshot());
});

t.test('runs from before a reset that were not judged then are not the new normal', async (t) => {
  const book = new TrendBook(settings);
  const runs = historyRuns(slowed);
  for (const run of runs.slice(0, 60)) book.judge(run, later);
  book.reset({ at: dayAt(20), reason: 'x', series: {} });
  book.catchUp(runs.slice(0, 82).flat(), later);
  t.match(book.trends(later)[0]?.signals[0]?.regression, { status: 'learning', samples: 2 });
});

const otherFile: HistoryPlan = {
  seed: 3,
  days: 40,
  cv: 0.01,
  fields: { model_file: 'qwen3-Q8_0.gguf' },
  steps: [{ day: 20, ratios: { decode_speed: 0.5 }, fields: { model_file: 'qwen3-Q4_K_M.gguf' } }],
};

t.test('another file under the same name begins a new baseline, and is named as what changed', async (t) => {
  const book = new TrendBook(settings);
  t.strictSame(events(book.catchUp(historyRuns(otherFile).flat(), later)), [], 'it is no regression of the old one');
  const [trend] = book.trends(later);
  t.strictSame(trend?.reset, { at: dayAt(20), reason: 'model file qwen3-Q8_0.gguf → qwen3-Q4_K_M.gguf' });
  t.ok((trend?.signals[0]?.baseline?.from ?? '') >= dayAt(20), 'what is normal is that of the new file alone');
  t.equal(trend?.runs, 160);
});

t.test('the file behind a model is known over a restart', async (t) => {
  const rows = historyRuns(otherFile).flat();
  const before = new TrendBook(settings);
  before.catchUp(
    rows.filter(({ run_at }) => run_at < dayAt(20)),
    later,
  );
  const kept = trendBookSchema.parse(JSON.parse(JSON.stringify(before.snapshot())));
  const restarted = new TrendBook(settings, kept);
  restarted.catchUp(rows, later);
  t.equal(restarted.trends(later)[0]?.reset?.at, dayAt(20));
});

t.test('a file that is not told, told for the first time or by another kind of server is no other one', async (t) => {
  for (const [first, then] of [
    [{ model_file: null }, { model_file: 'qwen3-Q8_0.gguf' }],
    [{ model_file: 'qwen3-Q8_0.gguf' }, { model_file: null }],
    [
      { model_file: '46e0c10c039e', server_kind: 'ollama' },
      { model_file: 'qwen3-Q8_0.gguf', server_kind: 'llama.cpp' },
    ],
  ] as const) {
    const plan = { ...otherFile, fields: first, steps: [{ day: 20, ratios: { decode_speed: 0.5 }, fields: then }] };
    const book = new TrendBook(settings);
    t.equal(events(book.catchUp(historyRuns(plan).flat(), later)).length, 1, 'it got slower, and is told so');
    t.equal(book.trends(later)[0]?.reset, null);
  }
});

t.test('what is no regression ends, its normal stays, and the same again is told again', async (t) => {
  const book = new TrendBook(settings);
  const runs = historyRuns({ ...slowed, days: 60 });
  for (const run of runs.slice(0, 100)) book.judge(run, later);
  const normal = book.trends(later)[0]?.signals[0]?.baseline;
  const word = { at: dayAt(25), reason: 'a game ran', kind: 'not_a_regression', series: {} } as const;
  t.equal(book.reset(word), 1);
  t.match(book.trends(later)[0], {
    reset: null,
    dismissed: { at: dayAt(25), reason: 'a game ran' },
    signals: [{ regression: { status: 'steady' }, baseline: normal }],
  });
  t.equal(book.reset({ ...word, at: dayAt(25.1) }), 0, 'there is nothing left to be dismissed');
  const [again, ...others] = events(runs.slice(100).flatMap((run) => book.judge(run, later)));
  t.match(again, /^started decode_speed/);
  t.same(others, []);
});

t.test('a dismissal counts again when the chronicle is judged anew, and for nothing that began later', async (t) => {
  const runs = historyRuns({ ...slowed, days: 60, tests: ['baseline_short', 'long_gen'] });
  const early = { at: dayAt(10), reason: 'too early', kind: 'not_a_regression', series: {} } as const;
  const word = { ...early, at: dayAt(25), series: { test_id: 'long_gen' } };
  const live = new TrendBook(settings);
  for (const run of runs.slice(0, 40)) live.judge(run, later);
  live.reset(early);
  for (const run of runs.slice(40, 100)) live.judge(run, later);
  t.equal(live.reset(word), 1);
  for (const run of runs.slice(100)) live.judge(run, later);
  const rebuilt = new TrendBook(settings);
  rebuilt.reset(early);
  rebuilt.reset(word);
  rebuilt.catchUp(runs.flat(), later);
  t.strictSame(rebuilt.snapshot(), live.snapshot());
  t.strictSame(
    live.trends(later).map(({ dismissed }) => dismissed?.at),
    [undefined, dayAt(25)],
  );
});

t.test('a reset of one series leaves the others alone', async (t) => {
  const book = new TrendBook(settings);
  const rows = historyRuns({ ...slowed, tests: ['baseline_short', 'long_gen'] }).flat();
  book.catchUp(rows, later);
  t.equal(book.reset({ at: dayAt(31), reason: 'x', series: { test_id: 'long_gen' } }), 1);
  t.strictSame(
    book.trends(later).map(({ series, signals }) => [series.test_id, signals[0]?.regression.status]),
    [
      ['baseline_short', 'active'],
      ['long_gen', 'learning'],
    ],
  );
});

function withReference(referenceRatio: number): TrendBook {
  const book = new TrendBook(settings);
  const own = historyRuns(slowed).flat();
  const reference = historyRuns({
    ...slowed,
    seed: 4,
    steps: [{ day: 20, ratios: { decode_speed: referenceRatio } }],
    fields: { model: 'reference', target: 'reference' },
  }).flat();
  book.catchUp([...own, ...reference], later);
  return book;
}

function culpritIn(book: TrendBook): unknown {
  const [decode] = book.trends(later).find(({ series }) => series.model !== 'reference')?.signals ?? [];
  return decode?.regression.status === 'active' ? decode.regression.culprit : undefined;
}

t.test('the machine is to blame when the reference model slowed too, the server when it did not', async (t) => {
  t.equal(culpritIn(withReference(0.82)), 'machine');
  t.equal(culpritIn(withReference(1)), 'server');
  const alone = new TrendBook(settings);
  alone.catchUp(historyRuns(slowed).flat(), later);
  t.equal(culpritIn(alone), null);
});

t.test('the reference model on another machine says nothing', async (t) => {
  const book = new TrendBook(settings);
  const reference = historyRuns({ ...slowed, fields: { model: 'reference', machine_id: 'other' } }).flat();
  book.catchUp([...historyRuns(slowed).flat(), ...reference], later);
  t.equal(culpritIn(book), null);
});

t.test('when the reference model itself slows it is the machine, unless its server changed with it', async (t) => {
  const book = new TrendBook(settings);
  book.catchUp(historyRuns({ ...slowed, fields: { model: 'reference' } }).flat(), later);
  t.match(book.trends(later)[0]?.signals[0]?.regression, { culprit: 'machine' });
  const updated = new TrendBook(settings);
  const steps = (slowed.steps ?? []).map((step) => ({ ...step, fields: { server_version: 'b9400' } }));
  updated.catchUp(historyRuns({ ...slowed, steps, fields: { model: 'reference' } }).flat(), later);
  t.match(updated.trends(later)[0]?.signals[0]?.regression, { status: 'active', culprit: null });
});

t.test('trends that nothing has changed are not computed again, others are', async (t) => {
  const book = new TrendBook(settings);
  const runs = historyRuns({ ...slowed, tests: ['baseline_short', 'long_gen'] });
  for (const run of runs) book.judge(run, later);
  const first = book.trends(later);
  t.ok(book.trends(new Date(later.getTime() + 1000)).every((trend, index) => trend === first[index]));
  book.judge([historyRow({ run_id: 'new', run_at: dayAt(31) })], later);
  const second = book.trends(later);
  t.equal(
    second.find(({ series }) => series.test_id === 'long_gen'),
    first.find(({ series }) => series.test_id === 'long_gen'),
  );
  t.equal(second.find(({ series }) => series.test_id === 'baseline_short')?.runs, runs.length + 1);
  t.not(book.trends(new Date(later.getTime() + DAY_MS))[0], second[0], 'drift is counted back from the day');
});

t.test('models without number do not fill the memory: those of the oldest runs go', async (t) => {
  const book = new TrendBook(settings);
  const rows = Array.from({ length: 2100 }, (_, index) =>
    historyRow({ model: `model-${index}`, run_id: `run-${index}`, run_at: dayAt(index / 10) }),
  );
  book.catchUp(rows, later);
  const models = new Set(book.snapshot().series.map(({ series }) => series.model));
  t.equal(models.size, 2000);
  t.notOk(models.has('model-99'));
  t.ok(models.has('model-100') && models.has('model-2099'));
});

t.test('a chronicle of nothing has no trends', async (t) => {
  t.strictSame(trendsOf([], settings, later), []);
});

t.test('after a clock was ahead for a while, what it dated is not judged a second time', async (t) => {
  const rows = historyRuns({ ...slowed, steps: [], days: 20 }).flat();
  const ahead = rows.map((row, index) =>
    index === 40 ? { ...row, run_at: new Date(Date.parse(row.run_at) + 20 * DAY_MS).toISOString() } : row,
  );
  const book = new TrendBook(settings);
  for (const row of ahead) book.judge([row], later);
  const before = book.snapshot();
  t.strictSame(book.catchUp(ahead.slice(-60), later), []);
  t.strictSame(book.snapshot(), before);
});

t.test('the active regression of a signal is told with what was found out later', async (t) => {
  const book = new TrendBook(settings);
  book.catchUp(historyRuns(slowed).flat(), later);
  const key = seriesKeyOf(historyRow());
  const changes = [{ factor: 'kernel', before: 'a', after: 'b', words: 'kernel a → b', explains: true }] as const;
  t.match(book.regression(key, 'decode_speed'), { changes: [{ factor: 'gpu_driver' }] });
  t.ok(book.explain(key, 'decode_speed', changes));
  t.same(book.regression(key, 'decode_speed')?.changes, changes);
  t.equal(book.regression(key, 'ttft'), undefined);
  t.equal(book.regression({ ...key, model: 'another' }, 'decode_speed'), undefined);
});

t.test('a canary has no speed: its rows are no series', async (t) => {
  const canary = historyRow({ test_id: 'canary', category: 'canary' });
  const trends = trendsOf([historyRow(), canary], settings, new Date('2026-06-01T00:00:00.000Z'));
  t.same(
    trends.map(({ series }) => series.test_id),
    ['baseline_short'],
  );
});
