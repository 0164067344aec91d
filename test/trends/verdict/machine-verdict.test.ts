import t from 'tap';
import type { Trend } from '../../../src/trends/trend.js';
import { trendsOf } from '../../../src/trends/trend-book.js';
import { machineVerdict, machineVerdictSchema } from '../../../src/trends/verdict/machine-verdict.js';
import type { Attempt, SeenTarget, VerdictFacts } from '../../../src/trends/verdict/verdict-facts.js';
import { DAY_MS, type HistoryStep, HOUR_MS, historyRuns, historyStart } from '../../fixtures/history.js';
import { NONE } from '../../fixtures/none.js';

const DAYS = 12;
const now = new Date(historyStart.getTime() + DAYS * DAY_MS);
const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };

interface Past {
  readonly target?: string;
  readonly model?: string;
  readonly days?: number;
  readonly steps?: readonly HistoryStep[];
}

function past({ target = 'workstation', model = 'hermes-3', days = DAYS, steps = [] }: Past = {}): Trend[] {
  const tests = ['baseline_short', 'ctx_sweep_8192', 'long_gen'];
  const plan = { seed: 3, days, cv: 0.01, tests, steps, fields: { target, model } };
  return trendsOf(historyRuns(plan).flat(), settings, now);
}

function seen(fields: Partial<SeenTarget> = {}): SeenTarget {
  return { name: 'workstation', isConfigured: true, reach: 'up', schedule: 'active', ...fields };
}

function verdictOf(facts: Partial<VerdictFacts> = {}) {
  const verdict = machineVerdict({
    now,
    targets: [seen()],
    trends: [],
    attempts: [],
    staleAtMs: (_target, atMs) => atMs + 3 * DAY_MS,
    ...facts,
  });
  return machineVerdictSchema.parse(verdict);
}

const at = (hoursAgo: number) => new Date(now.getTime() - hoursAgo * HOUR_MS).toISOString();

function failed(hoursAgo: number, fields: Partial<Attempt> = {}): Attempt {
  const outcome = { status: 'error', error: 'timeout', detail: 'no token for 120 s' } as const;
  return { target: 'workstation', model: 'hermes-3', at: at(hoursAgo), outcome, ...fields };
}

function done(hoursAgo: number, names: readonly string[] = []): Attempt {
  const tests = names.map((name) => ({ name, error: 'context_exceeded' }));
  return failed(hoursAgo, { outcome: { status: 'done', tests: 5, failed: tests } });
}

const slower: HistoryStep = { day: 9, ratios: { decode_speed: 0.8 }, fields: { gpu_driver: '560.35.03' } };

const slowerToLoad: readonly HistoryStep[] = [
  { day: 0, fields: { model_load_s: 12 } },
  { day: 9, fields: { model_load_s: 18 } },
];

t.test('well: as fast as before, with the figure of the short prompt', async (t) => {
  t.match(verdictOf({ trends: past() }), {
    state: 'well',
    since: null,
    sentence: /^hermes-3 on workstation is as fast as before: 8\d\.\d tokens\/s\.$/,
    likely_cause: null,
    next_step: null,
  });
});

t.test('slower: one sentence for all tests, since when and why', async (t) => {
  t.match(verdictOf({ trends: past({ steps: [slower] }) }), {
    state: 'slower',
    since: new Date(historyStart.getTime() + 9 * DAY_MS).toISOString(),
    sentence: /^hermes-3 on workstation is (19|20|21) % slower than before: 6\d\.\d instead of 8\d\.\d tokens\/s\.$/,
    likely_cause: 'GPU driver 550.54.14 → 560.35.03',
    next_step: /^Undo the change/,
    targets: [{ target: 'workstation', model: 'hermes-3', state: 'slower' }],
  });
  const onlyOne = past({ steps: [slower] }).map((trend, index) => (index === 1 ? trend : (past()[index] ?? trend)));
  t.match(verdictOf({ trends: onlyOne }).sentence, / 1 of 3 tests are slower\.$/);
});

t.test('a slowdown that its last runs are free of is told so, and what is still slower goes before it', async (t) => {
  const recovered = (trend: Trend): Trend => ({
    ...trend,
    signals: trend.signals.map((signal) =>
      signal.signal === 'decode_speed' && signal.baseline !== null
        ? { ...signal, current: { median: signal.baseline.median * 1.8, samples: 4 } }
        : signal,
    ),
  });
  const [first, ...others] = past({ steps: [slower] });
  if (first === undefined) throw new Error('expected a trend');
  t.match(verdictOf({ trends: [recovered(first), ...others] }).sentence, / is (19|20|21) % slower than before: /);
  t.match(verdictOf({ trends: [recovered(first), ...others.map(recovered)] }), {
    state: 'slower',
    sentence:
      /^hermes-3 on workstation was slower than before, but is not in its last runs: 1\d\d beside \d\d\.\d tokens\/s\.$/,
    likely_cause: 'GPU driver 550.54.14 → 560.35.03',
    next_step: 'Wait for the next runs: a few more like the last ones end it.',
  });
});

t.test('slower in other ways has its own words', async (t) => {
  const trends = past({ steps: [{ day: 9, ratios: { prefill_speed: 0.8 } }] });
  t.match(verdictOf({ trends }), { state: 'slower', sentence: /reads prompts 2\d % slower than before/ });
  const waiting = past({ steps: [{ day: 9, ratios: { ttft: 1.3 } }] });
  t.match(
    verdictOf({ trends: waiting }).sentence,
    /takes 3\d % longer to the first token than before: 8\d\d ms instead of/,
  );
  t.equal(verdictOf({ trends: waiting }).likely_cause, null, 'nothing is known to have changed');
});

t.test('what costs more without being slower is said, and is not slower', async (t) => {
  const trends = past({ steps: [{ day: 9, ratios: { energy_per_token: 1.2 } }] });
  t.match(verdictOf({ trends }), {
    state: 'well',
    since: new Date(historyStart.getTime() + 9 * DAY_MS).toISOString(),
    sentence: /But it takes (19|20|21) % more energy per token\.$/,
    concern: /^It takes (19|20|21) % more energy per token\.$/,
    next_step: /^Look at the trends/,
  });
  t.equal(verdictOf({ trends: past() }).concern, null);
});

t.test('what its last runs no longer cost is told so', async (t) => {
  const trends = past({ steps: slowerToLoad }).map((trend) => ({
    ...trend,
    signals: trend.signals.map((signal) => ({ ...signal, change_ratio: -0.02 })),
  }));
  t.match(verdictOf({ trends }), { state: 'well', concern: 'It took longer to load until its last runs.' });
});

t.test('what is slower takes more energy for that alone: it is not told twice', async (t) => {
  const trends = past({ steps: [{ day: 9, ratios: { decode_speed: 0.8, energy_per_token: 1.25 } }] });
  t.match(verdictOf({ trends }), { state: 'slower', concern: null });
});

t.test('what became worse beside the speed leads the well ones, and the machine says so', async (t) => {
  const steps: HistoryStep[] = [
    { day: 9, ratios: { energy_per_token: 1.2, peak_temperature: 1.25 }, fields: { gpu_driver: '560.35.03' } },
  ];
  const targets = [seen({ name: 'attic' }), seen(), seen({ name: 'cellar' })];
  const others = [...past({ target: 'attic' }), ...past({ target: 'cellar' })];
  const verdict = verdictOf({ targets, trends: [...others, ...past({ steps })] });
  t.equal(verdict.targets[0]?.target, 'workstation');
  t.match(verdict, {
    state: 'well',
    sentence:
      /^All 3 are as fast as before, but hermes-3 on workstation takes \d\d % more energy per token and gets hotter\.$/,
    likely_cause: 'GPU driver 550.54.14 → 560.35.03',
    concern: /energy per token and gets hotter/,
  });
  const both = [...past({ target: 'attic', steps }), ...past({ steps })];
  t.equal(
    verdictOf({ targets: targets.slice(0, 2), trends: both }).sentence,
    'Both are as fast as before, but something else became worse with both.',
  );
});

t.test('a load that takes longer is told beside the speed', async (t) => {
  const trends = past({ steps: slowerToLoad });
  t.match(verdictOf({ trends }), { state: 'well', concern: 'It takes 50 % longer to load.' });
  const slow = past({
    steps: [
      { day: 0, fields: { model_load_s: 12 } },
      { ...slower, fields: { model_load_s: 18 } },
    ],
  });
  t.match(verdictOf({ trends: slow }), { state: 'slower', sentence: /\. It also takes 50 % longer to load\.$/ });
});

t.test('answers that changed without a reason are told, and explain a slowdown that nothing else does', async (t) => {
  const outcome = { status: 'done', tests: 5, failed: [], outputChanged: true } as const;
  const attempts = [failed(1, { outcome }), done(7)];
  t.match(verdictOf({ trends: past(), attempts }), {
    state: 'well',
    sentence: /But it answers the canary's fixed request differently, which nothing that is known explains\.$/,
    next_step: /^Look at both answers/,
  });
  t.equal(
    verdictOf({ trends: past(), attempts: [done(1), ...attempts.slice(0, 1)] }).concern,
    null,
    'the last run counts',
  );
  const trends = past({ steps: [{ day: 9, ratios: { prefill_speed: 0.8 } }] });
  t.match(verdictOf({ trends, attempts }), {
    state: 'slower',
    sentence: /It also answers the canary's fixed request differently/,
    likely_cause: /^the model or how it is run/,
  });
});

t.test('the worst target is the machine, whichever ran last', async (t) => {
  const targets = [seen({ name: 'attic' }), seen(), seen({ name: 'cellar', reach: 'down', detail: 'refused' })];
  const trends = [
    ...past({ steps: [slower] }),
    ...past({ target: 'cellar', model: 'llama' }),
    ...past({ target: 'attic', model: 'qwen3' }),
  ];
  const verdict = verdictOf({
    targets,
    trends,
    attempts: [failed(1, { target: 'attic', model: 'qwen3', outcome: { status: 'done', tests: 3, failed: [] } })],
  });
  t.same(
    verdict.targets.map(({ target, model, state }) => [target, model, state]),
    [
      ['cellar', 'llama', 'unreachable'],
      ['workstation', 'hermes-3', 'slower'],
      ['attic', 'qwen3', 'well'],
    ],
  );
  t.match(verdict, { state: 'unreachable', sentence: verdict.targets[0]?.sentence, likely_cause: 'refused' });
  const well = targets.map((target) => ({ ...target, reach: 'up' as const }));
  t.equal(
    verdictOf({ targets: well, trends: trends.filter(({ series }) => series.target !== 'workstation') }).state,
    'pending',
    'one of them has no run',
  );
});

t.test('before the first run: what to do is what a run would need', async (t) => {
  t.match(verdictOf().next_step, /^Run a quick benchmark now/);
  t.match(verdictOf({ targets: [seen({ reach: 'no_model' })] }).next_step, /^Load a model there/);
});

t.test('unreachable: since it was first seen or met', async (t) => {
  const downSince = new Date(at(2));
  const targets = [seen({ reach: 'down', downSince })];
  t.match(verdictOf({ targets, trends: past() }), { state: 'unreachable', since: at(2) });
  t.equal(verdictOf({ targets, trends: past(), attempts: [failed(1), failed(7), done(13)] }).since, at(7));
  t.match(verdictOf({ targets: [seen({ isConfigured: false, reach: 'down' })] }).sentence, /^No LLM server answers/);
});

t.test('failing: since the first of the failures that nothing has ended', async (t) => {
  const attempts = [failed(1), failed(7, { model: null }), done(13), failed(19)];
  t.match(verdictOf({ trends: past({ steps: [slower] }), attempts }), {
    state: 'failing',
    since: at(7),
    sentence: 'hermes-3 on workstation could not be measured: the last 2 runs failed.',
    likely_cause: 'The server did not answer in time. (timeout) no token for 120 s',
  });
  t.equal(verdictOf({ trends: past(), attempts: [done(1), failed(7)] }).state, 'well', 'a result has ended them');
});

t.test('single tests that fail are told, but hide no slowdown', async (t) => {
  const attempts = [done(1, ['Context sweep — 65,536 tokens'])];
  t.match(verdictOf({ trends: past(), attempts }), {
    state: 'failing',
    sentence: '1 of 5 tests of hermes-3 on workstation failed in the last run: Context sweep — 65,536 tokens.',
  });
  t.equal(verdictOf({ trends: past({ steps: [slower] }), attempts }).state, 'slower');
});

t.test('not measured for days: why, as far as it is known', async (t) => {
  const trends = past({ days: 7 });
  const stale = (fields: Partial<SeenTarget>) => verdictOf({ trends, targets: [seen(fields)] });
  t.match(stale({}), {
    state: 'stale',
    sentence: 'hermes-3 on workstation has not been measured for 5 days.',
    since: trends[0]?.last_run_at,
    likely_cause: null,
  });
  const slow = past({ days: 7, steps: [{ day: 4, ratios: { decode_speed: 0.8 } }] });
  t.match(verdictOf({ trends: slow }), {
    state: 'stale',
    sentence: /for 5 days\. When it last was, it was slower than before\.$/,
  });
  t.equal(stale({ lastSkip: 'the GPU is busy' }).likely_cause, 'The last run was skipped: the GPU is busy');
  t.equal(stale({ reach: 'no_model', detail: 'No model is loaded.' }).likely_cause, 'No model is loaded.');
  t.equal(stale({ model: 'qwen3' }).likely_cause, 'qwen3 is loaded now.');
  t.match(stale({ schedule: 'none' }).next_step, /add a schedule/);
});

t.test('paused, too early, no run, not asked', async (t) => {
  t.equal(verdictOf({ trends: past(), targets: [seen({ schedule: 'paused' })] }).state, 'paused');
  t.match(verdictOf({ trends: past({ days: 0.5 }), now: new Date(historyStart.getTime() + DAY_MS) }), {
    state: 'pending',
    sentence: /^hermes-3 on workstation has 2 of the 5 runs/,
  });
  t.match(verdictOf({ targets: [seen({ model: 'qwen3' })] }), {
    state: 'pending',
    sentence: 'No run of qwen3 on workstation yet.',
  });
  t.match(verdictOf({ targets: [seen({ reach: 'unknown' })] }), { state: 'unknown', next_step: null });
  t.match(verdictOf({ targets: [] }), { state: 'unknown', targets: NONE });
});

t.test('the first run is told while it is under way, and no later one', async (t) => {
  const first = 'The first run of qwen3 on workstation is under way.';
  const underWay = { model: 'qwen3' };
  const told = (fields: Partial<SeenTarget>) => verdictOf({ targets: [seen({ underWay, ...fields })] });
  t.match(told({}), { state: 'pending', sentence: first, likely_cause: null, next_step: null });
  for (const fields of [{ schedule: 'paused' }, { reach: 'unknown' }, { model: 'loaded-before' }] as const) {
    t.match(told(fields), { state: 'pending', sentence: first });
  }
  t.equal(told({ underWay: { model: null }, model: 'qwen3' }).sentence, first, 'the one that would be measured');
  t.equal(
    told({ underWay: { model: null } }).sentence,
    'The first run of workstation is under way.',
    'none is known yet',
  );
  t.equal(told({ reach: 'down' }).state, 'unreachable');
  t.equal(verdictOf({ targets: [seen({ underWay })], attempts: [failed(1)] }).state, 'failing');
  t.equal(verdictOf({ targets: [seen({ underWay })], trends: past() }).state, 'well');
});

t.test('a run without any figure makes nothing well', async (t) => {
  const trends = past({ days: 0.2 }).map((trend) => ({ ...trend, signals: [] }));
  t.match(verdictOf({ trends, attempts: [done(1)] }), {
    state: 'pending',
    sentence: /^No run of hermes-3 on workstation has brought a speed yet/,
    next_step: "Look at the last run's findings.",
  });
});

t.test('a model that nobody measures any more is not missed beside one that is measured', async (t) => {
  const trends = [...past({ model: 'old', days: 4, steps: [{ day: 2, ratios: { decode_speed: 0.5 } }] }), ...past()];
  t.same(
    verdictOf({ trends }).targets.map(({ model }) => model),
    ['hermes-3'],
  );
});

t.test('all are well: the machine has a sentence of its own', async (t) => {
  const names = ['a', 'b', 'c'];
  const all = (count: number) => {
    const some = names.slice(0, count);
    return verdictOf({
      targets: some.map((name) => seen({ name })),
      trends: some.flatMap((target) => past({ target })),
    });
  };
  t.equal(all(2).sentence, 'Both are as fast as before.');
  t.equal(all(3).sentence, 'All 3 are as fast as before.');
});
