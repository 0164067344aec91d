import t from 'tap';
import { usualDuration } from '../../src/agent/usual-duration.js';
import { configSchema } from '../../src/config/schema.js';
import { endedJob, type Job, pendingJob, startedJob } from '../../src/jobs/job.js';

const NOON = new Date('2026-11-28T12:00:00.000Z');
const config = configSchema.parse({ targets: [{ name: 'box', url: 'http://127.0.0.1:8080' }] });

function took(minutes: number, target: string): Job {
  const asked = pendingJob('a3f1c820', { mode: 'full', trigger: 'api', target, model: 'llama' }, NOON);
  const end = { status: 'done', runId: '2026-11-21_14-30-45.123_a3f1c820' } as const;
  return endedJob(startedJob(asked, NOON), end, new Date(NOON.getTime() + minutes * 60_000));
}

t.test('goes by the runs on the target that is meant, however it is named', async (t) => {
  const past = [took(30, 'box'), took(50, '10.0.0.5:8000')];
  const usualMs = usualDuration({ config: () => config, store: { page: () => past } });
  const of = (target?: string, model?: string) =>
    usualMs(pendingJob('b3f1c820', { mode: 'full', trigger: 'api', target, model }, NOON));
  t.equal(of(), 1_800_000, 'the first that is configured');
  t.equal(of('box', 'auto'), 1_800_000);
  t.equal(of('http://127.0.0.1:8080/v1', 'llama'), 1_800_000);
  t.equal(of('http://10.0.0.5:8000'), 3_000_000);
  t.equal(of('http://10.0.0.6:8000'), undefined);
  t.equal(of('http://['), undefined, 'whose job will say that it cannot be read');
  t.equal(of('box', 'qwen'), undefined);
});
