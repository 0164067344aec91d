import t from 'tap';
import { isForEverybody, isKept, keptUnder } from '../../../src/web/offline/kept-request.js';

const SCOPE = 'https://studio:8000/typhon/';

function kept(path: string, init?: RequestInit): boolean {
  return isKept(new Request(new URL(path, SCOPE), init), SCOPE);
}

t.test('what the views show is kept', async (t) => {
  for (const path of [
    'status',
    'cards',
    'trends?points=0',
    'history?limit=50&model=a',
    'models',
    'report',
    'runs?limit=100',
    'compare?run=a&run=b',
    'jobs?status=done&limit=5',
    'jobs/a3f1c820',
    'jobs/a3f1c820/logs',
    'schedules',
    'v1/diagnostics/node',
  ]) {
    t.ok(kept(path), path);
  }
});

t.test('what is followed, downloaded, scraped, drawn, secret or elsewhere is not', async (t) => {
  for (const path of [
    'jobs/a3f1c820/logs?follow=true',
    'history?limit=1000&format=csv',
    'metrics',
    'mcp',
    'health',
    'docs',
    'openapi.json',
    'configuration',
    'estimate?mode=quick',
    'badge.svg?target=a',
    'trend.svg',
    'jobs/a3f1c820/cancel/status',
    'statuses',
    '/status',
    'https://elsewhere:8000/typhon/status',
  ]) {
    t.notOk(kept(path), path);
  }
});

t.test('nothing that changes something is kept, and nothing that a token was sent for', async (t) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) t.notOk(kept('status', { method }), method);
  t.notOk(kept('status', { headers: { authorization: 'Bearer open-sesame' } }));
});

t.test('an answer is for everybody unless it was a refusal, or the agent saw a token or a password', async (t) => {
  const answer = (vary: string, status = 200) => new Response('', { status, headers: { vary } });
  t.ok(isForEverybody(new Response('')));
  t.ok(isForEverybody(answer('Accept')));
  t.notOk(isForEverybody(answer('Accept, Authorization')));
  t.notOk(isForEverybody(answer('Accept', 404)));
});

t.test('a span up to now is the same question an hour later, and another span or a time of old is not', async (t) => {
  const at = (hour: number) => Date.parse('2026-11-22T00:00:00.000Z') + hour * 3_600_000;
  const asked = (fromHour: number, toHour: number, nowHour = toHour) => {
    const query = new URLSearchParams({ model: 'qwen3-8b' });
    query.set('from', new Date(at(fromHour)).toISOString());
    query.set('to', new Date(at(toHour)).toISOString());
    return keptUnder(`${SCOPE}trends?${query}`, at(nowHour) + 5000);
  };
  t.equal(asked(0, 24), `${SCOPE}trends?model=qwen3-8b&from=24h`);
  t.equal(asked(1, 25), asked(0, 24));
  t.not(asked(0, 24), asked(0, 25));
  t.match(asked(0, 24, 30), /from=2026-11-22T00.*&to=2026-11-23T00/);
  t.equal(keptUnder(`${SCOPE}trends?points=0`, at(24)), `${SCOPE}trends?points=0`);
});
