import t from 'tap';
import { RandomWords } from '../../src/reference/random.js';

function words(random: RandomWords, count: number): number[] {
  const view = new DataView(new ArrayBuffer(count * 4));
  random.fill(view, 0, view.byteLength, 0);
  return Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true));
}

t.test('follows the published algorithm', async (t) => {
  // sfc32 in unsigned 64-bit arithmetic, written from its definition: another way to the same words.
  let [a, b, c, counter] = [7n, 9n, 0n, 1n];
  const mask = 0xffffffffn;
  const next = (): number => {
    const word = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) | (c >> 11n)) & mask) + word) & mask;
    return Number(word);
  };
  for (let round = 0; round < 15; round += 1) next();
  t.same(
    words(new RandomWords(7, 9), 100),
    Array.from({ length: 100 }, () => next()),
  );
});

t.test('goes on where the last filling ended', async (t) => {
  const parts = new RandomWords(1, 2);
  t.same([...words(parts, 3), ...words(parts, 5)], words(new RandomWords(1, 2), 8));
});

t.test('streams of one seed differ from each other', async (t) => {
  t.not(words(new RandomWords(1, 0), 1)[0], words(new RandomWords(1, 1), 1)[0]);
});

t.test('sets the wanted bits and leaves the bytes outside alone', async (t) => {
  const bytes = new Uint8Array(16);
  new RandomWords(3, 4).fill(new DataView(bytes.buffer), 4, 12, 0x01010101);
  t.ok(bytes.subarray(4, 12).every((byte) => byte % 2 === 1));
  t.same([...bytes.subarray(0, 4), ...bytes.subarray(12)], [0, 0, 0, 0, 0, 0, 0, 0]);
});
