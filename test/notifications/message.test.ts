import t from 'tap';
import { messageOf } from '../../src/notifications/message.js';
import {
  missedSchedule,
  outputChanged,
  recovery,
  regressionStart,
  runFailure,
  testMessage,
} from '../fixtures/notification-events.js';

t.test('a failed run: what was measured, why it failed, who asked', async (t) => {
  t.same(messageOf(runFailure), {
    title: 'workstation: a benchmark failed',
    text: [
      'The quick benchmark of local, hermes-3 failed: connection_refused',
      'Job a3f1c820, asked for by schedule:six-hourly, ended 2026-11-21T14:30:45.123Z.',
    ].join('\n'),
    tone: 'bad',
  });
  t.match(messageOf({ ...runFailure, detail: 'port 8080' }).text, /failed: connection_refused \(port 8080\)\n/);
  t.match(messageOf({ ...runFailure, target: null, model: null }).text, /^The quick benchmark failed: /);
});

t.test('a regression: each signal, since when, and what changed', async (t) => {
  t.same(messageOf(regressionStart), {
    title: 'workstation: hermes-3 is worse than it was',
    text: [
      'Baseline (short prompt): decode speed −12 % since 2026-11-20T08:17:00.000Z',
      'Changed then: GPU driver 550.54 → 560.35.',
      'Target local, run 2026-11-21_14-30-45.123_a3f1c820.',
    ].join('\n'),
    tone: 'bad',
  });
  t.match(messageOf({ ...regressionStart, changes: null }).text, /\nNothing is known to have changed\.\n/);
  const [finding] = regressionStart.findings;
  if (finding === undefined) throw new Error('expected a finding');
  const warmer = { ...finding, signal: 'ttft' as const, change_ratio: 0.0512 };
  t.match(messageOf({ ...regressionStart, findings: [warmer] }).text, /time to first token \+5\.1 % since/);
});

t.test('many findings are cut short, and counted', async (t) => {
  const [finding] = regressionStart.findings;
  if (finding === undefined) throw new Error('expected a finding');
  const { text } = messageOf({ ...regressionStart, findings: Array.from({ length: 40 }, () => finding) });
  t.equal(text.split('\n').length, 15 + 3);
  t.match(text, /\nand 25 more\n/);
});

t.test('a recovery', async (t) => {
  const { title, text, tone } = messageOf(recovery);
  t.equal(title, 'workstation: hermes-3 is well again');
  t.match(
    text,
    /^Baseline \(short prompt\): decode speed, which was worse since 2026-11-20T08:17:00.000Z\nTarget local/,
  );
  t.equal(tone, 'good');
});

t.test('an answer that changed: where, and the run', async (t) => {
  t.same(messageOf(outputChanged), {
    title: 'workstation: hermes-3 answers otherwise than before',
    text: [
      'The model gives another answer: from character 9 on “was still” became “rose”.',
      'Target local, run 2026-11-21_14-30-45.123_a3f1c820.',
    ].join('\n'),
    tone: 'bad',
  });
});

t.test('a missed schedule: why, and how often', async (t) => {
  t.same(messageOf(missedSchedule), {
    title: 'workstation: schedule six-hourly was missed',
    text: 'A run of local did not take place: 1 request in progress',
    tone: 'neutral',
  });
  const down = { ...missedSchedule, target: null, reason: 'agent_down' as const, detail: 'no agent ran', missed: 4 };
  t.equal(messageOf(down).text, '4 runs did not take place: no agent ran');
});

t.test('a test message says that it is one', async (t) => {
  t.match(messageOf(testMessage), { title: 'workstation: typhon can reach you', text: /test message/ });
});

t.test('an error without end is cut short', async (t) => {
  const { text } = messageOf({ ...runFailure, error: 'x'.repeat(5000) });
  t.ok(text.length < 1200);
  t.match(text, /x…\nJob/);
});
