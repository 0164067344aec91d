import t from 'tap';
import { DAY_MS } from '../../../src/shared/units.js';
import { type CardSources, targetCardSchema, targetCards } from '../../../src/trends/cards/target-cards.js';
import { TrendBook } from '../../../src/trends/trend-book.js';
import { modelFacts } from '../../../src/trends/verdict/machine-verdict.js';
import type { SeenTarget, VerdictFacts } from '../../../src/trends/verdict/verdict-facts.js';
import { type HistoryPlan, historyRuns, historyStart } from '../../fixtures/history.js';

interface Asked {
  readonly plans?: readonly Partial<HistoryPlan>[];
  readonly targets?: readonly Partial<SeenTarget>[];
  readonly attempts?: VerdictFacts['attempts'];
  readonly sources?: Partial<CardSources>;
  readonly days?: number;
}

function cardsOf({ plans = [{}], targets = [{}], attempts = [], sources = {}, days = 70 }: Asked = {}) {
  const now = new Date(historyStart.getTime() + days * DAY_MS);
  const book = new TrendBook({ options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false });
  for (const plan of plans) {
    const tests = ['baseline_short', 'ctx_sweep_2048', 'ctx_sweep_8192'];
    book.judge(historyRuns({ seed: 3, days, cv: 0.01, tests, ...plan }).flat(), now);
  }
  const seen = targets.map(
    (target): SeenTarget => ({
      name: 'workstation',
      isConfigured: true,
      reach: 'up',
      schedule: 'active',
      ...target,
    }),
  );
  const facts = modelFacts({
    now,
    targets: seen,
    trends: book.trends(now),
    attempts,
    staleAtMs: (_target, atMs) => atMs + 3 * DAY_MS,
  });
  const cards = targetCards(facts, {
    now,
    historyOf: (series, signal) => book.history(series, signal),
    schedules: [],
    targets: [],
    gpusOf: () => 'all',
    ...sources,
  });
  return cards.map((card) => targetCardSchema.parse(card));
}

t.test('now, against last month, with thirty days and their band', async (t) => {
  const [card] = cardsOf({ plans: [{ drift: { decode_speed: -0.05 } }] });
  t.match(card, {
    series: { test_id: 'baseline_short' },
    state: 'well',
    is_current: true,
    decode: { against: 'last_month', is_worse: false },
  });
  const { decode, ttft, prefill, days = [], band } = card ?? {};
  // From the middle of the four weeks to that of the last seven days: seventeen days at 5 % a month.
  t.ok(Math.abs((decode?.change_ratio ?? 0) + 0.03) < 0.01, `${decode?.change_ratio}`);
  t.ok(Math.abs((ttft?.change_ratio ?? 1) - 0) < 0.02);
  t.ok((prefill?.now ?? 0) > 1700);
  t.equal(days.length, 30);
  t.ok(days.slice(0, -1).every((value) => value !== null && value > 60 && value < 90));
  t.equal(days.at(-1), null, 'nothing was measured today');
  t.ok(band !== null && band !== undefined && band.low < band.median && band.median < band.high);
});

t.test('without a last month what is normal stands in for it; before that, nothing', async (t) => {
  t.match(cardsOf({ days: 12 })[0]?.decode, { against: 'normal', change_ratio: Number });
  const [young] = cardsOf({ days: 0.5 });
  t.match(young, { state: 'pending', band: null, decode: { against: null, change_ratio: null } });
});

t.test('what another file stood behind is no last month', async (t) => {
  const steps = [
    { day: 0, fields: { model_file: 'a.gguf' } },
    { day: 60, fields: { model_file: 'b.gguf' }, ratios: { decode_speed: 0.5 } },
  ];
  t.match(cardsOf({ plans: [{ steps }] })[0]?.decode, { against: 'normal', is_worse: false });
});

t.test('the worst first: by state, by what else became worse, by how much slower', async (t) => {
  const names = ['well', 'hungry', 'slow', 'slower', 'down'];
  const plans = names.map((target, index): Partial<HistoryPlan> => {
    const ratios = {
      well: {},
      hungry: { energy_per_token: 1.3 },
      slow: { decode_speed: 0.85 },
      slower: { decode_speed: 0.7 },
      down: {},
    }[target];
    return { seed: index + 1, steps: [{ day: 65, ratios: ratios ?? {} }], fields: { target } };
  });
  const targets = names.map((name) => ({ name, reach: name === 'down' ? ('down' as const) : ('up' as const) }));
  const cards = cardsOf({ plans, targets });
  t.same(
    cards.map(({ target }) => target),
    ['down', 'slower', 'slow', 'hungry', 'well'],
  );
  t.match(cards[0], { is_current: false, state: 'unreachable' });
  t.match(cards[1]?.decode, { is_worse: true });
  t.match(cards[3], { state: 'well', concern: /energy/ });
});

t.test('next run, GPUs, and how much of the model lies on the CPU', async (t) => {
  const at = (hour: number) => new Date(Date.UTC(2026, 5, 1, hour));
  const sources: Partial<CardSources> = {
    schedules: [
      { schedule: { targets: ['attic'] }, nextRun: at(1) },
      { schedule: { targets: 'all' }, nextRun: at(3) },
      { schedule: { targets: ['workstation'] }, nextRun: at(2) },
      { schedule: { targets: ['workstation'] }, nextRun: undefined },
    ],
    gpusOf: () => [2],
    targets: [{ name: 'workstation', server: { model: 'hermes-3-llama-3.1-8b-q8_0', gpuRatio: 0.63 } }],
  };
  t.match(cardsOf({ sources })[0], {
    next_run_at: at(2).toISOString(),
    gpus: [2],
    gpu_ratio: 0.63,
    partly_on_cpu: '63 % of the model lies on the GPU, the rest on the CPU.',
  });
  const whole = [{ name: 'workstation', server: { model: 'hermes-3-llama-3.1-8b-q8_0', gpuRatio: 1 } }];
  t.match(cardsOf({ sources: { targets: whole } })[0], { gpu_ratio: 1, partly_on_cpu: null, next_run_at: null });
  const other = [{ name: 'workstation', server: { model: 'qwen3', gpuRatio: 0.5 } }];
  const outcome = { status: 'done', tests: 3, failed: [], partlyOnCpu: 'The model lies on the CPU.' } as const;
  const attempts = [{ target: 'workstation', model: 'hermes-3-llama-3.1-8b-q8_0', at: at(0).toISOString(), outcome }];
  t.match(cardsOf({ sources: { targets: other }, attempts })[0], {
    gpu_ratio: null,
    partly_on_cpu: 'The model lies on the CPU.',
  });
});

t.test('a target that was never measured has a card without figures', async (t) => {
  t.match(cardsOf({ plans: [] })[0], {
    model: null,
    decode: null,
    ttft: null,
    prefill: null,
    days: new Array(30).fill(null),
    band: null,
  });
});
