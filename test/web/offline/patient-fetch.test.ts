import t from 'tap';
import { PatientFetch } from '../../../src/web/offline/patient-fetch.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

const request = new Request('http://studio:8000/trends');

/** Questions are answered when the test says so. */
function bench() {
  const clock = new ManualClock();
  const asked: { readonly answer: (answer: Response) => void; readonly fail: (error: Error) => void }[] = [];
  const network = new PatientFetch({
    clock,
    fetch: () => new Promise((answer, fail) => asked.push({ answer, fail })),
  });
  const seen: Response[] = [];
  const ask = (kept: Response | undefined) =>
    network.ask(request, { kept: async () => kept, onAnswer: (answer) => seen.push(answer) });
  return { clock, asked, seen, ask };
}

t.test('the agent is asked first, and what it answers is given, a refusal as well', async (t) => {
  const { asked, seen, ask } = bench();
  for (const status of [200, 404, 409]) {
    const answer = ask(new Response('kept'));
    asked.at(-1)?.answer(new Response('new', { status }));
    t.match(await (await answer).text(), 'new');
  }
  t.equal(seen.length, 3);
});

t.test('where nobody answers there is what is kept, else the failure', async (t) => {
  const { asked, seen, ask } = bench();
  const answer = ask(new Response('kept'));
  asked[0]?.fail(new TypeError('Failed to fetch'));
  t.equal(await (await answer).text(), 'kept');
  const nothing = ask(undefined);
  asked[1]?.fail(new TypeError('Failed to fetch'));
  await t.rejects(nothing, { message: 'Failed to fetch' });
  t.same(seen, []);
});

t.test('a proxy that answers in the place of an agent that is away is nobody; the agent itself is not', async (t) => {
  const { asked, seen, ask } = bench();
  const proxy = () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } });
  const answer = ask(new Response('kept'));
  asked[0]?.answer(proxy());
  t.equal(await (await answer).text(), 'kept');
  const nothing = ask(undefined);
  asked[1]?.answer(proxy());
  t.equal((await nothing).status, 502);
  t.same(seen, []);
  const own = ask(new Response('kept'));
  asked[2]?.answer(Response.json({ detail: 'the server did not answer' }, { status: 502 }));
  t.equal((await own).status, 502);
  t.equal(seen.length, 1);
});

t.test(
  'an agent that says nothing at all is waited for no longer than four seconds; a late answer is seen',
  async (t) => {
    const { clock, asked, seen, ask } = bench();
    const answer = ask(new Response('kept'));
    clock.advance(3999);
    let isGiven = false;
    void answer.then(() => {
      isGiven = true;
    });
    await new Promise(setImmediate);
    t.notOk(isGiven);
    clock.advance(1);
    t.equal(await (await answer).text(), 'kept');
    asked[0]?.answer(new Response('late'));
    await new Promise(setImmediate);
    t.equal(seen.length, 1);
  },
);

t.test('an agent that is slow with one answer but gives another is waited for', async (t) => {
  const { clock, asked, ask } = bench();
  const slow = ask(new Response('kept'));
  clock.advance(1000);
  const quick = ask(undefined);
  asked[1]?.answer(new Response('quick'));
  await quick;
  clock.advance(60_000);
  asked[0]?.answer(new Response('slow'));
  t.equal(await (await slow).text(), 'slow');
});
