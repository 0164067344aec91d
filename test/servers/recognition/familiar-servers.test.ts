import t from 'tap';
import { FamiliarServers } from '../../../src/servers/recognition/familiar-servers.js';
import { identifyServer } from '../../../src/servers/recognition/identify.js';
import { everyKind } from '../../fixtures/servers/every-kind.js';
import { patient, type ServerFixture, serveFixture } from '../../fixtures/servers/fixture-server.js';
import { llamaCpp } from '../../fixtures/servers/llama-cpp.js';
import { openai } from '../../fixtures/servers/openai.js';
import { vllm } from '../../fixtures/servers/vllm.js';

const MINUTE_MS = 60_000;
const options = { timeoutMs: 5000, signal: patient };

/** From its next answer on. */
function become(served: ServerFixture, { routes, headers = {} }: ServerFixture): void {
  Object.assign(served, { routes, headers });
}

function familiarAt(clock: { nowMs: number }): FamiliarServers {
  return new FamiliarServers(() => clock.nowMs);
}

t.test('whoever was met is known again by a few questions, as what it was', async (t) => {
  for (const fixture of Object.values(everyKind).flat() as readonly ServerFixture[]) {
    const { apiBase, requests } = await serveFixture(t, fixture);
    const familiar = familiarAt({ nowMs: 0 });
    familiar.recognised({ apiBase, kind: fixture.kind });
    const known = await identifyServer({ apiBase }, { ...options, familiar });
    const asked = requests.length;
    t.ok(asked >= 1 && asked <= 4, `${fixture.kind}: ${asked} questions`);
    t.same(known, await identifyServer({ apiBase }, options), fixture.source);
  }
});

t.test('another server in its place is recognised at once where it answers otherwise', async (t) => {
  const served = { ...llamaCpp };
  const { apiBase } = await serveFixture(t, served);
  const familiar = familiarAt({ nowMs: 0 });
  t.match(await identifyServer({ apiBase }, { ...options, familiar }), { identity: { kind: 'llama.cpp' } });
  become(served, vllm);
  t.match(await identifyServer({ apiBase }, { ...options, familiar }), { identity: { kind: 'vllm' } });
  t.equal(familiar.kindAt(apiBase), 'vllm');
});

t.test('and after ten minutes where it answers alike', async (t) => {
  const served = { ...openai };
  const { apiBase } = await serveFixture(t, served);
  const clock = { nowMs: 0 };
  const familiar = familiarAt(clock);
  const kindNow = async () => {
    const recognition = await identifyServer({ apiBase }, { ...options, familiar });
    return recognition.recognised ? recognition.identity.kind : recognition.error.code;
  };
  t.equal(await kindNow(), 'openai');
  become(served, vllm);
  clock.nowMs = 9 * MINUTE_MS;
  t.equal(await kindNow(), 'openai');
  clock.nowMs = 10 * MINUTE_MS;
  t.equal(await kindNow(), 'vllm');
});

t.test('one that is gone is nobody, and everybody is asked again', async (t) => {
  const served = { ...llamaCpp };
  const { apiBase } = await serveFixture(t, served);
  const familiar = familiarAt({ nowMs: 0 });
  await identifyServer({ apiBase }, { ...options, familiar });
  become(served, { ...openai, routes: {} });
  t.match(await identifyServer({ apiBase }, { ...options, familiar }), { recognised: false });
});
