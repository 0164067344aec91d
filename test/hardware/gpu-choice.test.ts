import t from 'tap';
import { cardsOf } from '../../src/hardware/gpu-choice.js';
import { blankSample } from '../../src/hardware/gpu-sample.js';
import { NONE } from '../fixtures/none.js';
import { windowCard } from '../fixtures/window-card.js';

const cards = ['GPU-aaaaaaaa', 'GPU-bbbbbbbb'].map((uuid, index) =>
  windowCard([{ ...blankSample('nvidia', index, 0), uuid }]),
);
const uuids = (choice: Parameters<typeof cardsOf>[0]) => cardsOf(choice, cards).map(({ uuid }) => uuid);

t.test('all, none, by index and by UUID', async (t) => {
  t.same(uuids('all'), ['GPU-aaaaaaaa', 'GPU-bbbbbbbb']);
  t.same(uuids([]), []);
  t.same(uuids([1]), ['GPU-bbbbbbbb']);
  t.same(uuids(['gpu-AAAAAAAA']), ['GPU-aaaaaaaa']);
});

t.test('an index means the card that had it at first', async (t) => {
  const moved = windowCard([{ ...blankSample('nvidia', 0, 0), uuid: 'GPU-bbbbbbbb' }], { firstIndex: 1 });
  t.same(cardsOf([0], [moved]), []);
  t.same(cardsOf([1], [moved]), [moved]);
});

t.test('a UUID that was never seen is a card without a reading', async (t) => {
  t.match(cardsOf(['GPU-cccccccc'], cards), [{ uuid: 'GPU-cccccccc', index: undefined, samples: NONE }]);
});
