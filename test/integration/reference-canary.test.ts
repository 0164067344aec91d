/** What the reference server answers, run after run, also beside other clients. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { connectServer } from '../../src/servers/registry.js';
import { CanaryRuns } from '../fixtures/canary-runs.js';
import { forkPlainly } from '../fixtures/plain-process.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

/** Resolves with its URL. */
async function startedReference(t: Test): Promise<string> {
  const program = fileURLToPath(new URL('../fixtures/reference-server-process.ts', import.meta.url));
  const child = forkPlainly(program, [await temporaryFolder(t)]);
  t.teardown(async () => {
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
  });
  const [url] = await once(child, 'message');
  return String(url);
}

t.test('the reference model is never told to have changed, alone or beside another client', async (t) => {
  const url = await startedReference(t);
  const server = connectServer({ kind: 'reference', name: 'typhon reference server', apiBase: url });
  const runs = await CanaryRuns.open(t);
  t.match(await runs.next(server), { deterministic: true, verdict: 'pending' });
  for (let run = 0; run < 5; run += 1) t.equal((await runs.next(server)).verdict, 'match');
  const leaving = new AbortController();
  const client = async () => {
    while (!leaving.signal.aborted) {
      const messages = [{ role: 'user', content: 'Tell me a story without an end.' }];
      const body = JSON.stringify({ model: 'typhon-reference-tiny', messages, max_tokens: 200 });
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', body, headers, signal: leaving.signal };
      await (await fetch(`${url}/v1/chat/completions`, request)).text();
    }
  };
  const atWork = client().catch(() => undefined);
  const verdicts: string[] = [];
  for (let run = 0; run < 10; run += 1) verdicts.push((await runs.next(server)).verdict);
  leaving.abort();
  await atWork;
  t.notOk(verdicts.includes('output_changed'), `${verdicts}`);
  t.equal((await runs.next(server)).verdict, 'match', 'and alone again');
});
