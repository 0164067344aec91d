import t from 'tap';
import { buildVocabulary, chatMarks, END_TOKEN, VOCABULARY_SIZE } from '../../src/reference/vocabulary.js';

const { tokens, types, generated } = buildVocabulary();

t.test('has exactly the size that the model declares, each token once', async (t) => {
  t.equal(tokens.length, VOCABULARY_SIZE);
  t.equal(new Set(tokens).size, VOCABULARY_SIZE);
  t.equal(types.length, VOCABULARY_SIZE);
  t.equal(generated.length, VOCABULARY_SIZE);
});

t.test('begins with all 256 bytes in order, in the notation that llama.cpp reads', async (t) => {
  t.same(
    [tokens[0], tokens[9], tokens[0x20], tokens[0x41], tokens[0x5c], tokens[0xff]],
    ['\\x00', '\\x09', ' ', 'A', '\\x5c', '\\xff'],
  );
});

t.test('marks the control tokens as such and nothing else', async (t) => {
  const control = tokens.filter((_, id) => types[id] === 3);
  t.same(control, Object.values(chatMarks));
  t.equal(tokens[END_TOKEN], chatMarks.end);
});

t.test('generates whole words alone, each with its space', async (t) => {
  const words = tokens.filter((_, id) => generated[id] === true);
  t.ok(words.length > 3000);
  t.same(
    words.filter((word) => !/^ [a-z']+$/.test(word)),
    [],
  );
});
