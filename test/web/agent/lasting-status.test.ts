import t from 'tap';
import { lasts } from '../../../src/web/agent/lasting-status.js';
import { agentStatus } from '../../fixtures/agent-status.js';
import { runningJob } from '../../fixtures/page-jobs.js';

t.test('readings are others each time, and nothing has changed for that', async (t) => {
  const before = agentStatus();
  const cpu = { temp_c: 61, power_w: null, util_pct: 40 };
  t.equal(lasts(before, { ...before }), true);
  t.equal(lasts(before, agentStatus({ ...before, now: '2026-11-22T12:00:02.000Z', cpu })), true);
  t.equal(lasts(before, agentStatus({ ...before, running: runningJob() })), false);
  t.equal(lasts(undefined, before), false);
});
