import { once } from 'node:events';
import http from 'node:http';
import Koa from 'koa';
import t from 'tap';
import { followLog } from '../../src/api/follow-log.js';
import { Followers } from '../../src/api/followers.js';
import { apiBench } from '../fixtures/api-bench.js';
import { DONE, jobBench } from '../fixtures/job-bench.js';
import { listening } from '../fixtures/listening.js';

const api = { mode: 'quick', trigger: 'api' } as const;

t.test('every line from the start, each new one as it comes, to the end of the job', async (t) => {
  const bench = await apiBench(t);
  const { job_id } = await bench.queue.submit(api, 'reject');
  const { work, end } = await bench.begin(0);
  work.log.write('one');
  const response = await fetch(`${bench.url}/jobs/${job_id}/logs?follow=true`);
  t.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('a body was expected');
  let text = '';
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`ended without ${pattern}: ${text}`);
      text += value;
    }
  };
  await until(/ one\n/);
  work.log.write('two');
  await until(/ two\n/);
  end(DONE);
  await until(/ Done\. Recorded as \S+\n$/);
  t.equal((await reader.read()).done, true, 'it ends with the job');
  const again = await (await fetch(`${bench.url}/jobs/${job_id}/logs?follow=true`)).text();
  t.equal(again, text, 'afterwards all at once');
  t.equal(await (await fetch(`${bench.url}/jobs/${job_id}/logs`)).text(), text);
});

t.test('a follower that leaves makes room for the next', async (t) => {
  const followers = new Followers(1);
  const bench = await apiBench(t, { services: { followers } });
  const { job_id } = await bench.queue.submit(api, 'reject');
  const { work } = await bench.begin(0);
  work.log.write('one');
  const gone = new AbortController();
  const response = await fetch(`${bench.url}/jobs/${job_id}/logs?follow=true`, { signal: gone.signal });
  await response.body?.getReader().read();
  t.equal((await fetch(`${bench.url}/jobs/${job_id}/logs?follow=true`)).status, 503);
  gone.abort();
  for (;;) {
    const next = await fetch(`${bench.url}/jobs/${job_id}/logs?follow=true`);
    const { status } = next;
    await next.body?.cancel();
    if (status === 200) break;
    t.equal(status, 503);
  }
  t.same(
    bench.logged.filter(({ level }) => Number(level) >= 50),
    [],
    'a reader that leaves is no error',
  );
});

t.test('a reader that takes nothing is dropped, and holds up nobody', async (t) => {
  const { logs } = jobBench(t);
  const log = logs.open('a3f1c820');
  const followers = new Followers(1);
  const app = new Koa();
  const closed = new Promise<void>((resolve) => {
    app.use((context) => {
      context.res.on('close', resolve);
      followLog('a3f1c820', { logs, followers }, context, 1);
    });
  });
  app.on('error', () => undefined);
  const port = await listening(t, http.createServer(app.callback()));
  const request = http.get({ host: '127.0.0.1', port, agent: false });
  const [response] = await once(request, 'response');
  response.pause();
  // More than the buffers of both sides hold.
  for (let line = 0; line < 400; line += 1) log.write('x'.repeat(64 * 1024));
  await closed;
  t.doesNotThrow(() => followers.enter(), 'its place is free');
  request.destroy();
  await log.close();
});
