import t from 'tap';
import type { AgentStatus } from '../../../src/api/routes/status.js';
import { firstRunOf, firstRunTitle } from '../../../src/web/overview/first-run.js';
import { agentStatus } from '../../fixtures/agent-status.js';
import { finishedJob, runningJob } from '../../fixtures/page-jobs.js';

const nothing = { since: null, sentence: '', likely_cause: null, next_step: null, concern: null };
const target = { ...nothing, target: 'local', model: null, state: 'pending', last_month: null } as const;
const verdict = { ...nothing, state: 'pending', targets: [target] } as const;
const lastMonth = {
  answer: 'unknown',
  sentence: '',
  test: 'baseline_short',
  change_ratio: null,
  ci95: null,
  tokens_per_second: null,
  month_tokens_per_second: null,
  month: null,
} as const;

function statusWith(fields: Partial<AgentStatus> = {}): AgentStatus {
  return agentStatus({ running: runningJob(), verdict: { ...verdict, targets: [...verdict.targets] }, ...fields });
}

t.test('is the one under way while there is no figure', async (t) => {
  t.same(firstRunOf(statusWith()), runningJob());
  t.same(firstRunOf(statusWith({ last_ended: finishedJob({ status: 'cancelled' }) })), runningJob());
  t.equal(firstRunOf(statusWith({ running: null })), undefined, 'none is under way');
  t.equal(firstRunOf(statusWith({ last_ended: finishedJob() })), undefined, 'one has brought a result');
  const measured = { ...target, last_month: lastMonth };
  t.equal(firstRunOf(statusWith({ verdict: { ...verdict, targets: [target, measured] } })), undefined);
  t.equal(firstRunOf(statusWith({ verdict: { ...verdict, state: 'failing', targets: [target] } })), undefined);
});

t.test('its title counts the test under way', async (t) => {
  t.equal(firstRunTitle(runningJob('a3f1c820', { done: 1, total: 4 })), 'First run 2/4');
  t.equal(firstRunTitle(runningJob('a3f1c820', { done: 4, total: 4 })), 'First run 4/4');
  t.equal(firstRunTitle(runningJob()), 'First run', 'the plan is not known yet');
});
