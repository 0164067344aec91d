import t, { type Test } from 'tap';
import { isTyphonAgent } from '../../../src/servers/kinds/typhon-agent.js';
import { openProbe } from '../../../src/servers/probe.js';
import { type FixtureAnswer, patient, serveFixture } from '../../fixtures/servers/fixture-server.js';

async function agentBy(t: Test, health: FixtureAnswer): Promise<boolean> {
  const { apiBase } = await serveFixture(t, { kind: 'openai', source: 'made up', routes: { 'GET /health': health } });
  return isTyphonAgent(openProbe({ apiBase, headers: {}, timeoutMs: 5000, signal: patient }));
}

t.test("typhon's /health is an agent's", async (t) => {
  t.ok(await agentBy(t, { json: { status: 'ok', timestamp: '2026-11-21T14:30:45.123Z' } }));
});

t.test('other healths are not', async (t) => {
  t.notOk(await agentBy(t, { json: { status: 'ok' } }), "llama-server's");
  t.notOk(await agentBy(t, { json: { status: 'ok', timestamp: 'now' } }));
  t.notOk(await agentBy(t, { json: { status: 'ok', timestamp: '2026-11-21T14:30:45Z', uptime: 5 } }));
  t.notOk(await agentBy(t, { text: 'OK' }));
  t.notOk(await agentBy(t, { status: 404 }));
});

t.test('an agent that asks for a password is one, another server that does is not', async (t) => {
  const asking = (realm: string) => ({ status: 401, headers: { 'www-authenticate': `Basic realm="${realm}"` } });
  t.ok(await agentBy(t, asking('typhon')));
  t.notOk(await agentBy(t, asking('router')));
});
