import t from 'tap';
import { notificationEventSchema } from '../../src/notifications/event.js';
import { type EvaluatedSignal, regressionNotifications } from '../../src/notifications/regression-notifications.js';
import type { Change } from '../../src/trends/changes/what-changed.js';

function change(words: string, explains = true): Change {
  return { factor: 'gpu_driver', before: '550', after: '560', words, explains };
}

function judged(fields: Partial<EvaluatedSignal> = {}, test_id = 'baseline_short'): EvaluatedSignal {
  return {
    kind: 'started',
    series: { target: 'local', model: 'hermes-3', test_id },
    signal: 'decode_speed',
    runId: 'run-1',
    at: '2026-11-21T14:00:00.000Z',
    regression: { since: '2026-11-20T08:00:00.000Z', change_ratio: -0.12, changes: [change('GPU driver 550 → 560')] },
    ...fields,
  };
}

t.test('one event for all that a run found worse, with each cause once, likeliest first', async (t) => {
  const both = [change('GPU driver 550 → 560'), change('kernel 6.1 → 6.8'), change('GPU clock 1 → 2 MHz', false)];
  const { regression } = judged();
  const events = regressionNotifications(
    [judged(), judged({ signal: 'ttft', regression: { ...regression, changes: both } }, 'long_gen')],
    'workstation',
  );
  t.same(events, [
    {
      event: 'regression_start',
      id: 'regression_start:run-1',
      at: '2026-11-21T14:00:00.000Z',
      machine: 'workstation',
      run_id: 'run-1',
      target: 'local',
      model: 'hermes-3',
      findings: [
        { test_id: 'baseline_short', signal: 'decode_speed', since: '2026-11-20T08:00:00.000Z', change_ratio: -0.12 },
        { test_id: 'long_gen', signal: 'ttft', since: '2026-11-20T08:00:00.000Z', change_ratio: -0.12 },
      ],
      changes: 'GPU driver 550 → 560; kernel 6.1 → 6.8',
    },
  ]);
  for (const event of events) t.same(notificationEventSchema.parse(event), event);
});

t.test('what is well again is another event, and so is another run', async (t) => {
  const events = regressionNotifications(
    [judged(), judged({ kind: 'recovered', signal: 'ttft' }), judged({ runId: 'run-2' })],
    'workstation',
  );
  t.same(
    events.map(({ id }) => id),
    ['regression_start:run-1', 'recovery:run-1', 'regression_start:run-2'],
  );
  t.notOk('changes' in (events[1] ?? {}));
});

t.test('what changed is unknown where it could not be looked at, and where nothing explains it', async (t) => {
  const { regression } = judged();
  for (const changes of [null, [], [change('GPU clock 1 → 2 MHz', false)]]) {
    t.match(regressionNotifications([judged({ regression: { ...regression, changes } })], 'w'), [{ changes: null }]);
  }
  t.same(regressionNotifications([], 'w'), []);
});
