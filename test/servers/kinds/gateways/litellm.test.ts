import t from 'tap';
import { resolveTarget } from '../../../../src/servers/target.js';
import { NONE } from '../../../fixtures/none.js';
import { connectFixture, patient, serveFixture } from '../../../fixtures/servers/fixture-server.js';
import { litellm, lockedLitellm, singleLitellm } from '../../../fixtures/servers/gateways/litellm.js';

t.test('is known without a key, by what only it says', async (t) => {
  t.match((await connectFixture(t, litellm)).identity, { kind: 'litellm', name: 'LiteLLM', version: '1.80.0' });
  const { identity, server } = await connectFixture(t, lockedLitellm);
  t.match(identity, { kind: 'litellm' });
  t.notOk('version' in identity);
  await t.rejects(server.models(patient), { code: 'unauthorized' });
});

t.test('no model of it is measured that nobody named, were it the only one', async (t) => {
  for (const fixture of [litellm, singleLitellm]) {
    const { apiBase, requests } = await serveFixture(t, fixture);
    await t.rejects(resolveTarget({ configured: [], target: apiBase }, { signal: patient }), {
      code: 'model_ambiguous',
      message: /^LiteLLM at http.*gpt-5.*Name the one to measure/,
    });
    t.notOk(requests.some(({ line }) => line.startsWith('POST') || line === 'GET /health'));
  }
});

t.test('what it hands on is no work of this machine, unless the target says on which GPUs', async (t) => {
  const { apiBase } = await serveFixture(t, litellm);
  const configured = { name: 'proxy', url: apiBase, models: ['local-8b'], gpus: 'all' } as const;
  const { target } = await resolveTarget({ configured: [configured] }, { signal: patient });
  t.match(target, { model: 'local-8b', isLocal: false, gpus: NONE });
  const own = await resolveTarget({ configured: [{ ...configured, gpus: [0] }] }, { signal: patient });
  t.match(own.target, { isLocal: true, gpus: [0] });
});
