import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { z } from 'zod';
import { HttpFailure } from '../../src/reference/http-failure.js';
import { BODY_LIMIT_BYTES, jsonBody } from '../../src/reference/json-body.js';

const schema = z.object({ word: z.string(), list: z.array(z.object({ n: z.number() })).optional() });
const http = createServer(async (request, response) => {
  const answer = await jsonBody(request, schema).catch((error: unknown) => error);
  const failure = answer instanceof HttpFailure ? { status: answer.status, message: answer.message } : undefined;
  response.end(JSON.stringify(failure ?? { value: answer }));
});
http.listen(0, '127.0.0.1');
await once(http, 'listening');
t.teardown(() => http.close());
const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

async function post(body: string): Promise<unknown> {
  return (await fetch(url, { method: 'POST', body, headers: { connection: 'close' } })).json();
}

t.test('gives what the schema knows of a valid body', async (t) => {
  t.same(await post('{"word":"ü","unknown":1}'), { value: { word: 'ü' } });
});

t.test('a body that is no JSON is a 400', async (t) => {
  for (const body of ['', '{', 'word']) {
    t.same(await post(body), { status: 400, message: 'the body is not valid JSON' }, body);
  }
});

t.test('a body of another shape is a 400 that names every problem with its path', async (t) => {
  t.match(await post('{"list":[{"n":"x"}]}'), { status: 400, message: /^word: .*; list\.0\.n: / });
  t.match(await post('[]'), { status: 400, message: /^body: / });
});

t.test('a body over the limit is a 413, answered after it was read', async (t) => {
  const body = JSON.stringify({ word: 'x'.repeat(BODY_LIMIT_BYTES) });
  t.match(await post(body), { status: 413, message: /larger than 8388608 bytes/ });
});
