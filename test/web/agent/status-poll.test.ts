import t from 'tap';
import type { AgentStatus } from '../../../src/api/routes/status.js';
import { StatusPoll } from '../../../src/web/agent/status-poll.js';
import { agentStatus } from '../../fixtures/agent-status.js';
import { ManualTimer } from '../../fixtures/manual-timer.js';

function bench(answers: (AgentStatus | Error)[], isHidden = false) {
  const timer = new ManualTimer();
  const seen: AgentStatus[] = [];
  const poll = new StatusPoll({
    ask: async () => {
      const answer = answers.shift() ?? agentStatus();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    timer,
    isHidden: () => isHidden,
    onStatus: (status) => seen.push(status),
  });
  return { timer, seen, poll };
}

t.test('asks every two seconds, and seldom while nobody looks', async (t) => {
  const looked = bench([]);
  t.same(looked.poll.link.value, { state: 'connecting' });
  await looked.poll.now();
  t.same(looked.poll.link.value, { state: 'up' });
  t.equal(looked.seen.length, 1);
  t.equal(looked.timer.waiting[0]?.ms, 2000);
  const hidden = bench([], true);
  await hidden.poll.now();
  t.equal(hidden.timer.waiting[0]?.ms, 15_000);
});

t.test('an agent that is away is asked less and less, and found again', async (t) => {
  const { poll, timer, seen } = bench([new Error('gone'), new Error('gone')]);
  await poll.now();
  t.same(poll.link.value, { state: 'down', reason: 'gone', isLocked: false });
  t.equal(timer.waiting[0]?.ms, 500);
  await poll.now();
  t.equal(timer.waiting[0]?.ms, 1000);
  await poll.now();
  t.same(poll.link.value, { state: 'up' });
  t.equal(timer.waiting.length, 1, 'never two at once');
  t.equal(seen.length, 1);
});

t.test('one question at a time', async (t) => {
  const { poll, seen } = bench([]);
  await Promise.all([poll.now(), poll.now()]);
  t.equal(seen.length, 1);
});
