import t from 'tap';
import { modelId, modelSizes, referenceSizes } from '../../src/reference/model-size.js';

t.test('names each model for the server list', async (t) => {
  t.same(referenceSizes.map(modelId), [
    'typhon-reference-tiny',
    'typhon-reference-small',
    'typhon-reference-medium',
    'typhon-reference-large',
  ]);
});

t.test('every size has a checksum of its own and grows from the one before', async (t) => {
  const sizes = referenceSizes.map((size) => modelSizes[size]);
  t.ok(sizes.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)));
  t.equal(new Set(sizes.map(({ sha256 }) => sha256)).size, sizes.length);
  const bytes = sizes.map(({ fileBytes }) => fileBytes);
  t.same(
    bytes,
    [...bytes].sort((one, other) => one - other),
  );
});

t.test('every matrix row is a whole number of quantised blocks', async (t) => {
  for (const size of referenceSizes) {
    const { width, heads, kvHeads, headWidth, feedForward } = modelSizes[size];
    for (const inputs of [width, heads * headWidth, kvHeads * headWidth, feedForward]) t.equal(inputs % 32, 0, size);
  }
});
