import t, { type Test } from 'tap';
import type { HistoryAnswer } from '../../../src/api/routes/history.js';
import { recordResult } from '../../../src/chronicle/record.js';
import { endedJob, pendingJob, startedJob } from '../../../src/jobs/job.js';
import { type ApiBench, apiBench } from '../../fixtures/api-bench.js';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';

const NOON_MS = Date.parse('2026-11-21T12:00:00.000Z');
const hot = { code: 'thermal_throttling', message: 'It is hot.' } as const;

/** Four jobs, an hour apart: done and hot, done, failed, cancelled. */
async function withPast(t: Test): Promise<ApiBench> {
  const bench = await apiBench(t);
  const asked = [
    { target: 'box', model: 'small', trigger: 'schedule:nightly', mode: 'quick' },
    { target: 'box', model: 'large', trigger: 'api', mode: 'full' },
    { target: 'other', model: 'small', trigger: 'api', mode: 'quick' },
    { target: 'other', model: '=large', trigger: 'cli', mode: 'quick' },
  ] as const;
  for (const [index, request] of asked.entries()) {
    const id = `0000000${index}`;
    const at = new Date(NOON_MS + index * 3_600_000);
    const job = startedJob(pendingJob(id, request, at), at);
    const runId = `2026-11-21_12-00-00.00${index}_${id}`;
    const done = { status: 'done', runId } as const;
    const findings = index === 0 ? [hot] : [];
    if (index < 2)
      await recordResult(benchmarkResult({ run_id: runId, benchmarks: [testResult({ findings })] }), bench.paths);
    const ends = [done, done, { status: 'error', error: 'timeout' }, { status: 'cancelled' }] as const;
    await bench.store.put(endedJob(job, ends[index] ?? done, at));
  }
  return bench;
}

async function answerOf(url: string, query: string): Promise<HistoryAnswer> {
  const response = await fetch(`${url}/history?${query}`);
  if (response.status !== 200) throw new Error(`expected 200, got ${response.status}: ${await response.text()}`);
  return (await response.json()) as HistoryAnswer;
}

async function idsOf(url: string, query: string): Promise<string> {
  return (await answerOf(url, query)).entries.map(({ job }) => job.job_id.at(-1)).join('');
}

t.test('every job with the figures of its run, newest first, and what there is to choose from', async (t) => {
  const { url } = await withPast(t);
  const answer = await answerOf(url, '');
  t.match(answer, {
    total: 4,
    targets: ['box', 'other'],
    models: ['=large', 'large', 'small'],
    entries: [{ job: { job_id: '00000003' }, figures: null }, { figures: null }, {}, {}],
  });
  t.match(answer.entries[3], {
    job: { model: 'small' },
    figures: { decode_tps: 82.5, findings: ['thermal_throttling'] },
  });
});

t.test('by all that is shown, by pages', async (t) => {
  const { url } = await withPast(t);
  const found = {
    'status=done': '10',
    'mode=full': '1',
    'trigger=schedule': '0',
    'trigger=sched': '',
    'target=other': '32',
    'model=small': '20',
    'model=small&target=box': '0',
    'finding=thermal_throttling': '0',
    'finding=thermal_throttling&target=other': '',
    'from=2026-11-21T13:00:00.000Z&to=2026-11-21T14:00:00.000Z': '21',
    'limit=2': '32',
    'limit=2&offset=2': '10',
    'limit=2&offset=9': '',
  };
  for (const [query, ids] of Object.entries(found)) t.equal(await idsOf(url, query), ids, query);
  t.equal((await answerOf(url, 'model=small&limit=1')).total, 2);
});

t.test('as CSV, harmless in a spreadsheet', async (t) => {
  const { url } = await withPast(t);
  const response = await fetch(`${url}/history?format=csv`);
  t.match(response.headers.get('content-type'), /^text\/csv/);
  const [names, ...lines] = (await response.text()).trimEnd().split('\r\n');
  t.match(names, /^job_id,status,.*decode_tps,ttft_s/);
  t.equal(lines.length, 4);
  t.match(lines[0], "other,'=large,,,,");
  t.match(lines[3], 'box,small,2026-11-21_12-00-00.000_00000000,82.5');
});

t.test('refuses what it does not know', async (t) => {
  const { url } = await apiBench(t);
  for (const query of [
    'status=lost',
    'finding=x',
    'limit=0',
    'limit=10001',
    'offset=-1',
    'from=today',
    'format=xml',
    'page=2',
  ]) {
    t.equal((await fetch(`${url}/history?${query}`)).status, 422, query);
  }
});
