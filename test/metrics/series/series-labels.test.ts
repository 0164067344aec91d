import t from 'tap';
import { labelValue, MAX_LABEL_LENGTH, seriesLabels } from '../../../src/metrics/series/series-labels.js';

t.test('a value of usual length stays as it is', async (t) => {
  for (const text of ['', 'llama3:8b', 'größe "x" \\ \n', '模型', 'x'.repeat(MAX_LABEL_LENGTH)])
    t.equal(labelValue(text), text);
});

t.test('a long value is cut, and two that differ at the end stay two', async (t) => {
  const [one, other] = ['a', 'b'].map((end) => labelValue(`${'x'.repeat(10_000)}${end}`));
  t.equal(one?.length, MAX_LABEL_LENGTH);
  t.equal(other?.length, MAX_LABEL_LENGTH);
  t.not(one, other);
  t.equal(labelValue(`${'x'.repeat(10_000)}a`), one, 'the same for the same');
  const cutWithinPair = labelValue(`${'x'.repeat(118)}${'😀'.repeat(20)}`);
  t.equal(Buffer.from(cutWithinPair).toString(), cutWithinPair, 'no half of a surrogate pair');
});

t.test('two values that are not well-formed stay two', async (t) => {
  const values = ['\ud800', '\ud801', '\ufffd'].map(labelValue);
  t.equal(new Set(values.map((value) => Buffer.from(value).toString())).size, 3);
});

t.test('unknown parts of a series are empty', async (t) => {
  t.same(
    seriesLabels({ target: 'a', server: undefined, model: 'm', testId: 't', category: undefined, ctxSize: undefined }),
    { target: 'a', server: '', model: 'm', test: 't', category: '', ctx_size: '' },
  );
});

t.test('a model that is a path has the name of its file', async (t) => {
  const identity = { target: 'a', server: undefined, testId: 't', category: undefined, ctxSize: undefined };
  t.equal(seriesLabels({ ...identity, model: 'C:\\models\\qwen3.gguf' }).model, 'qwen3.gguf');
  t.equal(seriesLabels({ ...identity, model: '/models/qwen3.gguf' }).model, 'qwen3.gguf');
});
