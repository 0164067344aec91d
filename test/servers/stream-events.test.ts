import t from 'tap';
import { z } from 'zod';
import { decodeSpeed, lastEvent, plainFields } from '../../src/servers/stream-events.js';

t.test('finds the last event of a shape, whatever follows it', async (t) => {
  const shape = z.object({ figure: z.number() });
  t.same(lastEvent([{ figure: 1 }, { figure: 2 }, { other: 3 }, null, 'text'], shape), { figure: 2 });
  t.equal(lastEvent([{ other: 3 }], shape), undefined);
  t.equal(lastEvent([], shape), undefined);
});

t.test('keeps figures and words of a set of fields', async (t) => {
  t.same(plainFields({ n: 1, word: 'Indeterminate', none: null, deep: { x: 1 }, yes: true }), {
    n: 1,
    word: 'Indeterminate',
  });
});

t.test('decode speed leaves the first token out, as ours does', async (t) => {
  t.equal(decodeSpeed(101, 2), 50);
  t.equal(decodeSpeed(1, 2), undefined);
  t.equal(decodeSpeed(101, 0), undefined);
  t.equal(decodeSpeed(undefined, 2), undefined);
  t.equal(decodeSpeed(101, undefined), undefined);
});
