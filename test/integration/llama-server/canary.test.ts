/** What a real llama-server answers, run after run, and whether a change in it is found. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { InferenceServer } from '../../../src/benchmark/inference-server.js';
import { connectServer } from '../../../src/servers/registry.js';
import { CanaryRuns } from '../../fixtures/canary-runs.js';
import { type LlamaServer, skipWithoutLlamaServer, startLlamaServer, tinyModel } from '../../fixtures/llama-server.js';
import { NONE } from '../../fixtures/none.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';

const skip = skipWithoutLlamaServer();
const model = await tinyModel(t.testdir({}));

const MODEL_NAME = 'tiny';

function start(t: Test, model: string, ...more: readonly string[]): Promise<LlamaServer> {
  return startLlamaServer(t, { args: ['--model', model, '--alias', MODEL_NAME, '--ctx-size', '2048', ...more] });
}

function connected({ url }: LlamaServer): InferenceServer {
  return connectServer({ kind: 'llama.cpp', name: 'llama.cpp (llama-server)', apiBase: url });
}

/** What runs with other clients of the server at work come to. */
async function besideOthers(t: Test, server: LlamaServer, runs: CanaryRuns, clients: number): Promise<string[]> {
  const leaving = new AbortController();
  t.teardown(() => leaving.abort());
  const client = async (number: number) => {
    for (let asked = 0; !leaving.signal.aborted; asked += 1) {
      const content = `Client ${number} asks for the ${asked}. time: ${'and so on '.repeat(60)}`;
      const body = JSON.stringify({ messages: [{ role: 'user', content }], max_tokens: 200, ignore_eos: true });
      const answer = await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body, signal: leaving.signal });
      await answer.text();
    }
  };
  const clientsAtWork = Array.from({ length: clients }, (_, number) => client(number).catch(() => undefined));
  const verdicts: string[] = [];
  for (let run = 0; run < 20; run += 1) verdicts.push((await runs.next(connected(server))).verdict);
  leaving.abort();
  await Promise.all(clientsAtWork);
  return verdicts;
}

t.test('the same model is never told to have changed, alone or beside other clients', { skip }, async (t) => {
  const runs = await CanaryRuns.open(t);
  const server = await start(t, model);
  const first = await runs.next(connected(server));
  t.match(first, { deterministic: true, verdict: 'pending' });
  for (let run = 0; run < 10; run += 1) t.equal((await runs.next(connected(server))).verdict, 'match');
  for (const clients of [1, 3]) {
    const verdicts = await besideOthers(t, server, runs, clients);
    t.notOk(verdicts.includes('output_changed'), `beside ${clients}: ${verdicts}`);
  }
  t.equal((await runs.next(connected(server))).verdict, 'match', 'and alone again');
  await server.stop();
  const again = await start(t, model);
  t.equal((await runs.next(connected(again))).verdict, 'match', 'after a restart as well');
});

/** The file with the sign of one weight of the first layer's attention turned. */
function withFlippedWeight(folder: string): string {
  const bytes = readFileSync(model);
  // The tensors are the end of the file: somewhere in the middle of them, in a block's quants.
  const at = Math.floor(bytes.length * 0.6);
  bytes.writeUInt8((bytes[at] ?? 0) ^ 0x80, at);
  const path = join(folder, 'typhon-reference-tiny-v1.gguf');
  writeFileSync(path, bytes);
  return path;
}

t.test(
  'a flipped weight, another template and another KV cache are each found by the next run',
  { skip },
  async (t) => {
    const changes: readonly [string, () => Promise<LlamaServer>][] = [
      ['one flipped weight', async () => start(t, withFlippedWeight(await temporaryFolder(t)))],
      ['another chat template', () => start(t, model, '--chat-template', 'llama2')],
      ['a quantised KV cache', () => start(t, model, '--cache-type-k', 'q8_0')],
    ];
    for (const [words, changed] of changes) {
      const runs = await CanaryRuns.open(t);
      const before = await start(t, model);
      const reference = await runs.next(connected(before));
      await before.stop();
      const after = await changed();
      const found = await runs.next(connected(after));
      t.match(found, { verdict: 'output_changed', deterministic: true, changes: NONE }, words);
      t.equal(found.reference?.text, reference.text);
      t.not(found.text, reference.text);
      await after.stop();
    }
  },
);

// Each a weight of the last layer whose sign leaves the words alone, on processors that compute as the one they were found on.
const QUIET_PLACES = [3_912_599, 4_171_374, 3_953_458, 4_399_056, 4_092_802];

t.test('a flipped weight that changes no word is found by what the words were worth', { skip }, async (t) => {
  const runs = await CanaryRuns.open(t);
  const before = await start(t, model);
  const reference = await runs.next(connected(before));
  t.equal(reference.logprobs?.length, 64);
  await before.stop();
  let sameWords = 0;
  for (const at of QUIET_PLACES) {
    const bytes = readFileSync(model);
    bytes.writeInt8(-bytes.readInt8(at), at);
    const path = join(await temporaryFolder(t), 'typhon-reference-tiny-v1.gguf');
    writeFileSync(path, bytes);
    const after = await start(t, path);
    const found = await runs.next(connected(after));
    await after.stop();
    t.match(found, { verdict: 'output_changed', deterministic: true }, `at ${at}`);
    if (found.text !== reference.text) continue;
    sameWords += 1;
    t.match(found.logprob_shift, { token: Number, before: Number, after: Number });
  }
  t.ok(sameWords > 0, 'words alone would not have told all of them');
  const repaired = await start(t, model);
  t.match(await runs.next(connected(repaired)), { verdict: 'match', logprob_shift: null });
});
