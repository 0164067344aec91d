import { createHash } from 'node:crypto';
import t from 'tap';
import { WORKLOAD_VERSION } from '../../src/benchmark/plan.js';
import { builtInPrompts, fillerText, fillingPrompt, promptsWith, withNonce } from '../../src/benchmark/prompts.js';

t.test("the user's prompts replace the built-in ones, each by itself", async (t) => {
  t.same(promptsWith({}), builtInPrompts);
  t.same(promptsWith({ short: 'Why?' }), { short: 'Why?', long: builtInPrompts.long });
  t.same(promptsWith({ short: undefined, long: 'Why?' }), { short: builtInPrompts.short, long: 'Why?' });
});

t.test('the workload that a version stands for does not change unseen', async (t) => {
  // Raise WORKLOAD_VERSION with these.
  t.equal(WORKLOAD_VERSION, 1);
  t.equal(fillerText(14), 'Girl government office lot company others side home guy art part face. Point work');
  t.match(fillingPrompt('n', 2), /^n Read the following text, then continue it in the same manner\.\n\n\w+ \w+$/);
});

t.test('a prompt begins with its nonce, before anything that requests share', async (t) => {
  t.ok(withNonce('0f1e', 'text').startsWith('0f1e'));
  t.ok(fillingPrompt('0f1e', 3).startsWith('0f1e'));
  t.ok(withNonce('0f1e', builtInPrompts.short).endsWith(builtInPrompts.short));
});

t.test('every length of the filler is a prefix of every greater one', async (t) => {
  const longest = fillerText(3000);
  const lengths = [0, 1, 2, 11, 12, 13, 100, 1024, 2999];
  for (const words of lengths) {
    const text = fillerText(words);
    t.ok(longest.startsWith(text), `${words} words`);
    t.equal(text.split(' ').filter((word) => word !== '').length, words);
  }
  t.ok(fillingPrompt('n', 3000).startsWith(fillingPrompt('n', 700)));
});

t.test('the same length is the same text, whatever was asked for before', async (t) => {
  const asked = [700, 1, 5000, 700, 12, 0, 5000].map((words) => fillerText(words));
  t.equal(asked[0], asked[3]);
  t.equal(asked[2], asked[6]);
  t.equal(asked[5], '');
  t.equal(createHash('sha256').update(fillerText(5000)).digest('hex').slice(0, 16), 'df69a9b8c6c78332');
});

t.test('the filler is sentences of plain words that do not repeat', async (t) => {
  const text = fillerText(24_000);
  const sentences = text.split(/(?<=\.) /);
  t.equal(sentences.length, 2000);
  t.ok(sentences.every((sentence) => /^[A-Z][a-z]*( [a-z]+){11}\.$/.test(sentence)));
  t.equal(new Set(sentences).size, sentences.length, 'a text that repeats would be easy to guess for a drafting model');
});
