import t from 'tap';
import { changesSinceSchema, changesWords } from '../../../src/trends/changes/changes-since.js';

const found = changesSinceSchema.parse({
  since: '2026-11-14T00:00:00.000Z',
  target: 'local',
  model: 'qwen3:8b',
  before: { run_id: 'first', run_at: '2026-11-13T10:00:00.000Z', is_as_old_as_asked: true },
  after: { run_id: 'last', run_at: '2026-11-21T10:00:00.000Z' },
  runs: 9,
  verdict: 'worse',
  reason: null,
  tests: [
    {
      test_id: 'baseline_short',
      verdict: 'worse',
      decode_speed: { before: 82.5, after: 66, change_ratio: -0.2 },
      ttft: { before: 0.118, after: 0.12, change_ratio: 0.017 },
    },
    { test_id: 'long', verdict: 'not_comparable', decode_speed: null, ttft: null },
  ],
  changes: [{ factor: 'gpu_driver', before: '550', after: '560', words: 'GPU driver 550 → 560', explains: true }],
  timeline: [
    {
      run_id: 'fifth',
      run_at: '2026-11-17T10:00:00.000Z',
      changes: [{ factor: 'gpu_driver', before: '550', after: '560', words: 'GPU driver 550 → 560', explains: true }],
    },
  ],
  regressions: [],
});

t.test('says what became slower, what changed, and when', async (t) => {
  t.equal(
    changesWords(found),
    [
      'qwen3:8b at local: run last of 2026-11-21T10:00:00.000Z beside run first of 2026-11-13T10:00:00.000Z, 9 runs from one to the other.',
      'The newest run is slower, beyond noise.',
      '- Baseline (short prompt): decode 82.5 → 66.0 (−20 %) tokens/s, TTFT 118 ms → 120 ms (+1.7 %)',
      'Changed, the likeliest cause of a slowdown first:\n- GPU driver 550 → 560',
      'When it changed:\n- 2026-11-17T10:00:00.000Z: GPU driver 550 → 560',
      'By the history of all runs nothing is worse for good.',
    ].join('\n\n'),
  );
});

t.test('says what it cannot tell', async (t) => {
  const words = changesWords({
    ...found,
    before: { ...found.before, is_as_old_as_asked: false },
    verdict: 'not_comparable',
    reason: 'different workloads (1 and 2)',
    tests: [],
    changes: [],
    timeline: [],
  });
  t.match(words, /No run is as old as 2026-11-14.*; this is the oldest\./);
  t.match(words, /cannot be compared\. different workloads \(1 and 2\)\./);
  t.match(words, /Nothing that typhon knows of changed/);
});

t.test('does not hold a run against itself', async (t) => {
  const words = changesWords({ ...found, before: { ...found.after, is_as_old_as_asked: false }, runs: 1 });
  t.match(words, /^qwen3:8b at local has no run but last .*nothing to hold it against/);
});
