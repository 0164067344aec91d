import t from 'tap';
import { chooseModel } from '../../src/servers/model-choice.js';

const loaded = (id: string) => ({ id, loaded: true });
const unloaded = (id: string) => ({ id, loaded: false });
const unknown = (id: string) => ({ id, loaded: undefined });

t.test('auto takes the first loaded by name, else the only one of unknown state', async (t) => {
  t.equal(chooseModel([unloaded('a'), unknown('b'), loaded('c'), loaded('d')], { wanted: 'auto', server: 'S' }), 'c');
  t.equal(chooseModel([unloaded('a'), unknown('b')], { wanted: 'auto', server: 'S' }), 'b');
});

t.test('auto does not guess among several of unknown state', async (t) => {
  const several = [unloaded('a'), unknown('gpt-5'), unknown('claude')];
  t.throws(() => chooseModel(several, { wanted: 'auto', lastMeasured: 'claude', server: 'S at http://x' }), {
    code: 'model_ambiguous',
    message:
      'S at http://x does not tell which of its models is loaded: it has gpt-5, claude. Name the one to measure: --model, or models of the target in the configuration.',
  });
  t.equal(chooseModel(several, { wanted: ['claude'], server: 'S' }), 'claude');
  const withFirst = [unknown('x'), { ...unknown('own'), automatic: 'first' as const }];
  t.equal(chooseModel(withFirst, { wanted: 'auto', server: 'S' }), 'own', 'whom the server itself would take');
});

t.test('auto never takes what may be somebody else’s machine, were it the only one', async (t) => {
  const only = [{ ...unknown('gpt-5'), automatic: 'never' as const }];
  t.throws(() => chooseModel(only, { wanted: 'auto', server: 'S' }), { code: 'model_ambiguous', message: /gpt-5/ });
  t.equal(chooseModel(only, { wanted: ['gpt-5'], server: 'S' }), 'gpt-5');
});

t.test('of several loaded models auto takes the one measured last, however the server lists them', async (t) => {
  const order = [loaded('b'), unloaded('d'), loaded('c'), loaded('a')];
  const chosen = (models: typeof order, lastMeasured?: string) =>
    chooseModel(models, { wanted: 'auto', lastMeasured, server: 'S' });
  t.equal(chosen(order), 'a');
  t.equal(chosen(order.toReversed()), 'a');
  t.equal(chosen(order, 'c'), 'c');
  t.equal(chosen(order, 'd'), 'a', 'not one that has gone');
  t.equal(chooseModel(order, { wanted: ['b'], lastMeasured: 'c', server: 'S' }), 'b');
});

t.test('auto never takes a model that would have to be loaded first', async (t) => {
  t.throws(() => chooseModel([unloaded('a'), unloaded('b')], { wanted: 'auto', server: 'Ollama at http://x' }), {
    code: 'no_model_loaded',
    message:
      'Ollama at http://x has no model loaded: it has a, b, none of them loaded. Load one there, then try again.',
  });
  t.throws(() => chooseModel([], { wanted: 'auto', server: 'S' }), {
    code: 'no_model_loaded',
    message: /lists no model/,
  });
});

t.test('takes the model asked for, by name or by name without its tag', async (t) => {
  const models = [loaded('llama3.1:8b'), loaded('llama3.1:latest'), unknown('other')];
  t.equal(chooseModel(models, { wanted: ['llama3.1:8b'], server: 'S' }), 'llama3.1:8b');
  t.equal(chooseModel(models, { wanted: ['llama3.1'], server: 'S' }), 'llama3.1:latest');
  t.equal(chooseModel(models, { wanted: ['other'], server: 'S' }), 'other');
});

t.test('a model asked for that is not loaded is an error naming what is', async (t) => {
  t.throws(() => chooseModel([unloaded('a'), loaded('b'), unknown('c')], { wanted: ['a'], server: 'S' }), {
    code: 'model_not_loaded',
    message: /'a', but it is not loaded.*Loaded there: b, c\./,
  });
  t.throws(() => chooseModel([unloaded('a')], { wanted: ['a'], server: 'S' }), {
    code: 'model_not_loaded',
    message: /No model is loaded there/,
  });
});

t.test('a model asked for that is not there is an error naming what is', async (t) => {
  t.throws(() => chooseModel([unloaded('a'), loaded('b')], { wanted: ['x'], server: 'S' }), {
    code: 'model_not_found',
    message: "S has no model 'x'. Loaded there: b. Listed besides: a.",
  });
  t.throws(() => chooseModel([], { wanted: ['x'], server: 'S' }), {
    code: 'model_not_found',
    message: /No model is loaded there/,
  });
});

t.test('names ten and counts the rest', async (t) => {
  const many = Array.from({ length: 25 }, (_, index) => unloaded(`m${index}`));
  t.throws(() => chooseModel(many, { wanted: 'auto', server: 'S' }), { message: /m0, .*m9 and 15 more/ });
});

t.test('one that sleeps is told from one that is not loaded, and never chosen', async (t) => {
  const sleeper = { id: 'b', loaded: false, asleep: true } as const;
  const message =
    "S is asleep: its model 'b' has left memory because nobody used it, and a measurement would wake it. Ask it something, then try again.";
  t.throws(() => chooseModel([unloaded('a'), sleeper], { wanted: 'auto', server: 'S' }), {
    code: 'server_asleep',
    message,
  });
  t.throws(() => chooseModel([loaded('a'), sleeper], { wanted: ['b'], server: 'S' }), {
    code: 'server_asleep',
    message,
  });
  const beside = chooseModel([sleeper, loaded('a')], { wanted: 'auto', server: 'S' });
  t.equal(beside, 'a', 'beside a loaded one it may sleep on');
  t.throws(() => chooseModel([unloaded('a'), sleeper], { wanted: ['a'], server: 'S' }), { code: 'model_not_loaded' });
});
