import t from 'tap';
import { isForEverybody, isKept } from '../../../src/web/offline/kept-request.js';

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
