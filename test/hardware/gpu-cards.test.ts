import t from 'tap';
import { cardName, GpuCards } from '../../src/hardware/gpu-cards.js';
import { blankSample, type GpuSample } from '../../src/hardware/gpu-sample.js';
import { NONE } from '../fixtures/none.js';

const LIMIT_MS = 2000;
const A = 'GPU-aaaaaaaa';
const B = 'GPU-bbbbbbbb';
const C = 'GPU-cccccccc';
const D = 'GPU-dddddddd';

function reading(index: number, uuid: string | undefined, atMs: number, fields: Partial<GpuSample> = {}): GpuSample {
  return { ...blankSample('nvidia', index, atMs), uuid, powerW: 200, ...fields };
}

function cardsWith(...samples: readonly GpuSample[]): GpuCards {
  const cards = new GpuCards();
  cards.keep(samples, LIMIT_MS);
  return cards;
}

const uuids = (cards: readonly { readonly uuid: string | undefined }[]) => cards.map(({ uuid }) => uuid);

t.test('a card stays the same one when its index moves', async (t) => {
  const cards = cardsWith(reading(0, A, 0), reading(1, B, 0));
  cards.keep([reading(0, B, 5000)], LIMIT_MS);
  t.equal(cards.expected, 2);
  t.match(cards.missing(5000, []), [{ uuid: A, firstIndex: 0 }]);
  const [a, b] = cards.cut(0, 5000, []).toSorted((x, y) => (x.firstIndex ?? 0) - (y.firstIndex ?? 0));
  t.match(a, { uuid: A, samples: [{ atMs: 0 }] });
  t.match(b, { uuid: B, firstIndex: 1, index: 0, samples: [{ atMs: 0 }, { atMs: 5000 }] });
});

t.test('cards that change places are none missing', async (t) => {
  const cards = cardsWith(reading(0, A, 0), reading(1, B, 0));
  cards.keep([reading(0, B, 200), reading(1, A, 200)], LIMIT_MS);
  t.equal(cards.expected, 2);
  t.same(uuids(cards.current(200)), [B, A]);
  t.same(cards.missing(200, []), []);
});

t.test('a driver that keeps the UUID to itself for a while tells of the same card', async (t) => {
  const cards = cardsWith(reading(0, A, 0), reading(1, B, 0));
  cards.keep([reading(0, A, 200), reading(1, undefined, 200)], LIMIT_MS);
  t.equal(cards.expected, 2);
});

t.test('a card that told figures and tells none is missing; one that never did is not', async (t) => {
  const cards = cardsWith(reading(0, A, 0), reading(1, B, 0, { powerW: undefined }));
  cards.keep([reading(0, A, 200, { powerW: undefined }), reading(1, B, 200, { powerW: undefined })], LIMIT_MS);
  t.same(uuids(cards.missing(200, [])), [A]);
});

t.test('a card that sleeps is not missing', async (t) => {
  const cards = cardsWith(reading(0, A, 0), reading(1, B, 0));
  t.same(uuids(cards.missing(60_000, [1])), [A]);
});

t.test('what is the present stays so while readings begin anew, and what was not does not come back', async (t) => {
  const cards = cardsWith(reading(0, A, 0), reading(1, B, 5000));
  cards.end(5000, []);
  cards.begin(5000, 20_000);
  t.same(uuids(cards.current(20_000)), [B]);
  t.same(cards.current(20_001), []);
  t.same(uuids(cards.missing(5000, [])), [A], 'a card that was missing stays it until it is read');
  cards.keep([reading(0, A, 6000)], LIMIT_MS);
  t.same(cards.missing(6000, []), []);
});

t.test('while the readings pause the cards of the last turn alone stay the present', async (t) => {
  const cards = cardsWith(reading(0, A, 1000), reading(1, B, 800));
  cards.pause(100, 1000, 9000);
  t.same(uuids(cards.current(9000)), [A]);
  cards.pause(100, 9001, 20_000);
  t.same(cards.current(9001), [], 'what is past does not come back');
});

t.test('a card that comes after another one fell silent takes its place', async (t) => {
  const cards = cardsWith(reading(0, A, 0), reading(1, B, 0));
  t.same(cards.settle(1000, []), [], 'the first ones replace nobody');
  t.equal(cards.areSettled, true);
  cards.keep([reading(0, A, 5000), reading(1, C, 5000)], LIMIT_MS);
  t.equal(cards.areSettled, false);
  t.equal(cards.expected, 3, 'not known yet');
  t.match(cards.settle(5000, []), [{ gone: { uuid: B }, come: { uuid: C } }]);
  t.equal(cards.expected, 2);
  t.same(cards.missing(5000, []), []);
});

t.test(
  'each card replaces one other, and none that sleeps, that is read later or that was lost after it came',
  async (t) => {
    const cards = cardsWith(reading(0, A, 0), reading(1, B, 0));
    cards.settle(0, []);
    cards.keep([reading(2, C, 5000)], LIMIT_MS);
    t.match(cards.settle(5000, [0]), [{ gone: { uuid: B } }]);
    t.same(uuids(cards.missing(5000, [])), [A]);
    cards.keep([reading(0, A, 6000), reading(1, B, 6000), reading(2, C, 6000)], LIMIT_MS);
    t.same(cards.settle(6000, []), []);
    t.equal(cards.expected, 3, 'one that comes back is expected again');
    cards.keep([reading(3, D, 6100), reading(0, A, 6200), reading(1, B, 6200)], LIMIT_MS);
    cards.keep([reading(0, A, 9000), reading(1, B, 9000), reading(3, D, 9000)], LIMIT_MS);
    t.match(cards.settle(9000, []), [{ gone: { uuid: C }, come: { uuid: D } }]);
    cards.keep([reading(2, C, 9100), reading(3, D, 9200)], LIMIT_MS);
    cards.keep([reading(0, A, 12_000), reading(1, B, 12_000), reading(2, C, 12_000)], LIMIT_MS);
    t.match(cards.settle(12_000, []), NONE, 'the other one was read after it came');
    t.same(uuids(cards.missing(12_000, [])), [D]);
  },
);

t.test('a card is called by all that tells it apart', async (t) => {
  t.equal(cardName({ index: 1, name: 'NVIDIA L40S', uuid: B }), 'GPU 1 (NVIDIA L40S, GPU-bbbbbbbb)');
  t.equal(cardName({ index: 1, name: undefined, uuid: undefined }), 'GPU 1');
  t.equal(cardName({ index: undefined, name: undefined, uuid: B }), 'GPU GPU-bbbbbbbb');
});
