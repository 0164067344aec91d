import t from 'tap';
import { AgentClient, AgentRefusal, AgentUnreachable, wordsOf } from '../../../src/web/agent/agent-client.js';
import { TokenKeeper } from '../../../src/web/agent/token-keeper.js';
import { keptAtHeader } from '../../../src/web/offline/kept-at.js';

type Answering = (url: string, init: RequestInit | undefined) => Response | Promise<Response>;

function bench(answer: Answering) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const tokens = new TokenKeeper(storage);
  const fetch = async (url: unknown, init?: RequestInit) => answer(String(url), init);
  const remembered: number[] = [];
  const onKept = (atMs: number) => remembered.push(atMs);
  let rests = 0;
  const onRest = () => void ++rests;
  const client = new AgentClient({ base: 'http://studio:8000/typhon/', fetch, tokens, onKept, onRest });
  return { tokens, client, remembered, rests: () => rests };
}

function authorizationOf(init: RequestInit | undefined): string | null {
  return new Headers(init?.headers).get('authorization');
}

t.test('asks below the place of the page', async (t) => {
  const { client } = bench((url, init) => Response.json({ url, method: init?.method }));
  t.same(await client.get('jobs?limit=1'), { url: 'http://studio:8000/typhon/jobs?limit=1', method: 'GET' });
  t.match(await client.send('POST', 'jobs/run'), { method: 'POST' });
  t.match(await client.text('metrics'), 'metrics');
});

t.test('a refusal keeps its words, its status and the job in the way', async (t) => {
  const { client } = bench(() => Response.json({ detail: 'busy', job_id: 'a3f1c820' }, { status: 409 }));
  const refusal = await client.send('POST', 'jobs/run').catch((error: unknown) => error);
  t.match(refusal, { status: 409, jobId: 'a3f1c820', message: 'busy' });
  t.ok(refusal instanceof AgentRefusal);
  const proxied = bench(() => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }));
  const bad = await proxied.client.get('status').catch((error: unknown) => error);
  t.match(bad, { status: 502, message: '502 Bad Gateway' });
});

t.test('no answer at all is another matter', async (t) => {
  const { client } = bench(() => Promise.reject(new TypeError('Failed to fetch')));
  const error = await client.get('status').catch((reason: unknown) => reason);
  t.ok(error instanceof AgentUnreachable);
  t.equal(wordsOf(error), 'The agent does not answer.');
  t.equal(wordsOf('text'), 'text');
});

t.test('what the browser remembers is told apart from what the agent has just said', async (t) => {
  const { client, remembered } = bench((url) =>
    Response.json({}, { headers: url.endsWith('cards') ? keptAtHeader(1_750_000_000_000) : {} }),
  );
  t.same(await client.answer('status'), { value: {}, keptAtMs: undefined });
  t.same(remembered, []);
  t.same(await client.answer('cards'), { value: {}, keptAtMs: 1_750_000_000_000 });
  t.same(remembered, [1_750_000_000_000]);
});

t.test('a token that is wanted is asked for, and used from then on', async (t) => {
  const { client, tokens } = bench((_, init) =>
    authorizationOf(init) === 'Bearer open-sesame'
      ? Response.json({ ok: true })
      : Response.json({ detail: 'This needs a token.' }, { status: 401 }),
  );
  const asked = client.send('POST', 'jobs/run');
  while (tokens.question.value === undefined) await new Promise(setImmediate);
  tokens.question.value.answer('wrong');
  while (tokens.question.value === undefined) await new Promise(setImmediate);
  tokens.question.value.answer('open-sesame');
  t.same(await asked, { ok: true });
  t.same(await client.get('jobs'), { ok: true });
});

t.test('where none is given the refusal stands', async (t) => {
  const { client, tokens } = bench(() => Response.json({ detail: 'This needs a token.' }, { status: 401 }));
  const asked = client.get('jobs');
  while (tokens.question.value === undefined) await new Promise(setImmediate);
  tokens.question.value.answer(undefined);
  t.match(await asked.catch((error: unknown) => error), { status: 401, code: 'agent_refusal' });
});

t.test('it is at rest once the last of what was asked is answered, or cannot be', async (t) => {
  const answers: ((response: Response) => void)[] = [];
  const { client, rests } = bench(() => new Promise((resolve) => answers.push(resolve)));
  const asked = [client.get('cards'), client.get('status').catch(() => undefined)];
  answers[0]?.(Response.json({}));
  await asked[0];
  t.equal(rests(), 0);
  answers[1]?.(Response.json({ detail: 'no' }, { status: 500 }));
  await asked[1];
  t.equal(rests(), 1);
});
