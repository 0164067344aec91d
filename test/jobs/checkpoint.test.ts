import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  type Checkpoint,
  Checkpoints,
  changeOf,
  checkpointOf,
  finishedPart,
  testsDone,
} from '../../src/jobs/checkpoint.js';
import { removeUnusedCheckpoints } from '../../src/jobs/checkpoint-retention.js';
import { type Job, pausedJob, pendingJob, startedJob } from '../../src/jobs/job.js';
import { RESUMABLE_MS } from '../../src/jobs/queue/paused-jobs.js';
import { testResult } from '../fixtures/benchmark-result.js';
import { jobSubject as subject } from '../fixtures/job-subject.js';

function checkpoint(jobId = 'a3f1c820'): Checkpoint {
  return {
    job_id: jobId,
    subject,
    plan: { mode: 'quick', tests: [], skipped: [{ testId: 'ctx_sweep_8192', reason: 'too large' }] },
    tests: [testResult()],
    skipped: [
      { test_id: 'ctx_sweep_8192', reason: 'too large' },
      { test_id: 'long_gen', reason: 'server_down' },
    ],
    model_load_s: 1.5,
    segments: [{ from: '2026-11-28T12:00:00.000Z', to: '2026-11-28T12:01:00.000Z' }],
  };
}

t.test('is read as it was written, the last one whole, and gone once it is removed', async (t) => {
  const folder = join(t.testdir({}), 'checkpoints');
  const checkpoints = new Checkpoints(folder);
  t.equal(await checkpoints.read('a3f1c820'), undefined);
  t.same(await checkpoints.jobIds(), []);
  const first = checkpoints.write({ ...checkpoint(), tests: [] });
  await Promise.all([first, checkpoints.write(checkpoint())]);
  t.same(await checkpoints.read('a3f1c820'), checkpoint());
  t.same(readdirSync(folder), ['a3f1c820.json']);
  await checkpoints.remove('a3f1c820');
  t.same(await checkpoints.jobIds(), []);
});

t.test('what cannot be read is none', async (t) => {
  const folder = t.testdir({ 'a3f1c820.json': '{"job_id":"a3f1c820","tests":[' });
  t.equal(await new Checkpoints(folder).read('a3f1c820'), undefined);
});

t.test('is made of what is finished, and the other way round', (t) => {
  const part = finishedPart(checkpoint());
  t.same(checkpointOf('a3f1c820', { ...subject, context_length: null }, part), checkpoint());
  t.equal(testsDone(checkpoint()), 2, 'what the plan leaves out is no test done');
  t.end();
});

t.test('names every change', (t) => {
  t.equal(changeOf(subject, { ...subject }), undefined);
  t.equal(
    changeOf(subject, { ...subject, model_file: 'other.gguf', server_version: null }),
    "the server's version was b9310 and is unknown; the model file was llama.gguf and is other.gguf",
  );
  t.end();
});

t.test('stays as long as its job may go on', async (t) => {
  const folder = t.testdir({});
  mkdirSync(folder, { recursive: true });
  const now = new Date('2026-11-28T12:00:00.000Z');
  const ids = ['a0000001', 'a0000002', 'a0000003', 'a0000004', 'a0000005'];
  for (const id of ids) writeFileSync(join(folder, `${id}.json`), '{}');
  const running = (id: string) => startedJob(pendingJob(id, { mode: 'quick', trigger: 'api' }, now), now);
  const ended = (id: string, finishedAt: Date): Job => ({
    ...running(id),
    status: 'interrupted',
    finished_at: finishedAt.toISOString(),
    error: 'killed',
  });
  const known = new Map<string, Job>([
    ['a0000001', running('a0000001')],
    ['a0000002', pausedJob(running('a0000002'), { resumesItself: false }, now)],
    ['a0000003', ended('a0000003', now)],
    ['a0000004', ended('a0000004', new Date(now.getTime() - RESUMABLE_MS - 1))],
  ]);
  const store = { get: (id: string) => known.get(id) };
  const checkpoints = new Checkpoints(folder);
  t.equal(await removeUnusedCheckpoints({ checkpoints, store, now }), 1);
  t.same((await checkpoints.jobIds()).toSorted(), ['a0000001', 'a0000002', 'a0000003', 'a0000005']);
});
