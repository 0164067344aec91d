import { createHash } from 'node:crypto';
import http from 'node:http';
import t from 'tap';
import { apiBench, ask } from '../fixtures/api-bench.js';

t.test('what a body asks for is done or refused, never passed over', async (t) => {
  const { port, begin } = await apiBench(t);
  const headers = { 'content-type': 'application/json' };
  const post = (path: string, body: string) => ask(port, { method: 'POST', path, headers, body });
  const run = '/jobs/run';
  t.match(await post(run, '{"mode": fu'), { status: 422, body: /no JSON/ });
  t.match(await post(run, '{"mode":"fast"}'), { status: 422, body: /mode: / });
  t.match(await post(run, '{"mode":"quick","speed":11}'), { status: 422, body: /speed/ });
  t.match(await post(`${run}?mode=quick`, '{"mode":"full"}'), { status: 422, body: /mode: stands both/ });
  t.match(await post('/jobs/00000000/preserve', '{"until":"2027"}'), { status: 405 });
  t.match(await post('/-/reload', '{"file":"other.yaml"}'), { status: 422, body: /file/ });
  const taken = await post(`${run}?target=box`, '{"mode":"quick","model":"m"}');
  t.match(taken, { status: 202, body: /"mode":"quick"/ });
  t.match((await begin(0)).work.job, { mode: 'quick', target: 'box', model: 'm' });
});

t.test('a body of a request that only asks means nothing', async (t) => {
  const { port } = await apiBench(t);
  t.equal((await ask(port, { path: '/health', headers: { 'content-length': '2' }, body: '{}' })).status, 200);
  t.equal((await ask(port, { path: '/jobs', headers: { 'content-length': '1' }, body: '{' })).status, 200);
});

t.test('a body of 10 MB is refused, announced or not', async (t) => {
  const { port, begun, url } = await apiBench(t);
  const body = Buffer.alloc(10 * 2 ** 20, 120);
  const announced = await fetch(`${url}/jobs/run`, { method: 'POST', body });
  t.equal(announced.status, 413);
  t.match(await announced.json(), { detail: /larger than 65536 bytes/ });
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: '/jobs/run', agent: false });
    request.on('response', (response) => resolve(response.resume().statusCode));
    request.on('error', reject);
    // More than the limit, and more to come: the answer does not wait for the end.
    request.write(body.subarray(0, 70_000));
  });
  t.equal(status, 413);
  t.equal(begun.length, 0);
  t.equal((await fetch(`${url}/health`)).status, 200);
});

t.test('a URL longer than 4,096 characters is refused', async (t) => {
  const { port } = await apiBench(t);
  const { status, body } = await ask(port, { path: `/jobs/${'a'.repeat(4096)}` });
  t.equal(status, 414);
  t.type(JSON.parse(body).detail, 'string');
});

t.test('every answer is counted by its endpoint, whatever was asked for', async (t) => {
  const answers: string[] = [];
  const { port } = await apiBench(t, {
    rules: { token: 'open-sesame' },
    services: { onAnswer: (path, status) => answers.push(`${status} ${path}`) },
  });
  await ask(port, { path: '/health' });
  await ask(port, { path: '/jobs/00000000' });
  await ask(port, { path: '/no/such/place-1' });
  await ask(port, { method: 'POST', path: '/jobs/run', headers: { authorization: 'Bearer guess' } });
  await ask(port, { method: 'PATCH', path: '/jobs' });
  t.same(answers, ['200 /health', '404 /jobs/{job_id}', '404 other', '401 /jobs/run', '401 /jobs']);
});

t.test('a fault of ours is 500, without a word of what it was', async (t) => {
  const broken = async () => {
    throw new Error('/etc/secret is not there');
  };
  const { url, logged } = await apiBench(t, { services: { scan: broken } });
  const response = await fetch(`${url}/scan`, { method: 'POST' });
  t.equal(response.status, 500);
  t.notMatch(await response.text(), 'secret');
  t.match(logged, [{ level: 50, path: '/scan', err: { message: '/etc/secret is not there' } }]);
});

t.test('a client that leaves in the middle of its request is no error', async (t) => {
  const { port, url, logged } = await apiBench(t);
  await new Promise<void>((resolve) => {
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: '/scan', agent: false });
    request.on('error', () => resolve());
    request.setHeader('content-length', 100);
    request.write('half', () => request.destroy(new Error('gone')));
  });
  t.equal((await fetch(`${url}/health`)).status, 200);
  t.same(
    logged.filter(({ level }) => Number(level) >= 50),
    [],
  );
});

t.test('the pages bring everything along, and their policy lets just that run', async (t) => {
  const { url } = await apiBench(t);
  for (const path of ['/', '/docs']) {
    const response = await fetch(`${url}${path}`);
    const html = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    t.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    t.match(policy, "default-src 'none'");
    t.notMatch(html, /(?:src|href)="(?:https?:)?\/\//, 'nothing from elsewhere');
    for (const [, tag, text = ''] of html.matchAll(/<(script|style)[^>]*>([\s\S]*?)<\/\1>/g)) {
      const digest = createHash('sha256').update(text).digest('base64');
      t.match(policy, `${tag}-src 'sha256-${digest}'`, `${path}: its ${tag}`);
    }
    t.equal(response.headers.get('x-content-type-options'), 'nosniff');
    for (const [, link] of html.matchAll(/href="(\/[^"]*)"/g)) {
      t.equal((await fetch(`${url}${link}`)).status, 200, `${path} links to ${link}`);
    }
  }
});
