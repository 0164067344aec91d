import t from 'tap';
import { chooseModel } from '../../../../src/servers/model-choice.js';
import { connectFixture, patient } from '../../../fixtures/servers/fixture-server.js';
import { idleLlamaSwap, llamaSwap } from '../../../fixtures/servers/llama-swap.js';

t.test('what runs is loaded, what could be started is not, and another machine’s is left out', async (t) => {
  const { server } = await connectFixture(t, llamaSwap);
  const models = await server.models(patient);
  t.same(models, [
    { id: 'big-70b', loaded: false },
    { id: 'coder-32b', loaded: false },
    { id: 'small-4b', loaded: true },
    { id: 'unlisted-1b', loaded: true },
  ]);
  t.equal(chooseModel(models, { wanted: 'auto', server: 'llama-swap' }), 'small-4b');
  t.throws(() => chooseModel(models, { wanted: ['big-70b'], server: 'llama-swap' }), { code: 'model_not_loaded' });
});

t.test('where nothing runs, nothing is chosen', async (t) => {
  const { server } = await connectFixture(t, idleLlamaSwap);
  const models = await server.models(patient);
  t.throws(() => chooseModel(models, { wanted: 'auto', server: 'llama-swap' }), { code: 'no_model_loaded' });
});

t.test('no server behind it is asked anything', async (t) => {
  const { server, requests } = await connectFixture(t, llamaSwap);
  await server.models(patient);
  t.equal(await server.contextLength('small-4b', patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
  t.notOk(requests.some(({ line }) => /upstream|POST/.test(line)));
});
