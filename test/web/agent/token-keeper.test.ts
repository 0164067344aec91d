import t from 'tap';
import { TokenKeeper } from '../../../src/web/agent/token-keeper.js';

function keeper(kept: Record<string, string> = {}) {
  const storage = {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => {
      kept[key] = value;
    },
  };
  return { kept, tokens: new TokenKeeper(storage) };
}

t.test('asks once for everybody, and keeps the answer', async (t) => {
  const { kept, tokens } = keeper();
  t.equal(tokens.token, undefined);
  const asked = [tokens.ask('why', { byItself: true }), tokens.ask('why', { byItself: false })];
  t.equal(tokens.question.value?.reason, 'why');
  tokens.question.value?.answer('open-sesame');
  t.same(await Promise.all(asked), ['open-sesame', 'open-sesame']);
  t.equal(tokens.question.value, undefined);
  t.equal(tokens.token, 'open-sesame');
  t.same(Object.values(kept), ['open-sesame']);
  t.equal(keeper(kept).tokens.token, 'open-sesame', 'over a reload');
});

t.test('whoever declined is asked again for what they do, not for what happens by itself', async (t) => {
  const { tokens } = keeper();
  const first = tokens.ask('why', { byItself: true });
  tokens.question.value?.answer(undefined);
  t.equal(await first, undefined);
  t.equal(await tokens.ask('why', { byItself: true }), undefined);
  t.equal(tokens.question.value, undefined);
  const second = tokens.ask('why', { byItself: false });
  t.ok(tokens.question.value);
  tokens.question.value?.answer(undefined);
  await second;
  tokens.reconsider();
  void tokens.ask('why', { byItself: true });
  t.ok(tokens.question.value);
});
