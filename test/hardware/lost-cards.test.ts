import t from 'tap';
import type { WindowCard } from '../../src/hardware/gpu-cards.js';
import { blankSample, type GpuSample } from '../../src/hardware/gpu-sample.js';
import { lostCards } from '../../src/hardware/lost-cards.js';
import { windowCard } from '../fixtures/window-card.js';

const INTERVAL_MS = 200;
const window = { startMs: 2000, endMs: 12_000 };

/** Read every 200 ms but for what is left out. */
function card(index: number, isRead: (atMs: number) => boolean, fields: Partial<GpuSample> = {}): WindowCard {
  const times = Array.from({ length: 71 }, (_, place) => place * INTERVAL_MS).filter(isRead);
  return windowCard(
    times.map((atMs) => ({ ...blankSample('nvidia', index, atMs), powerW: 200, ...fields })),
    { index, firstIndex: index },
  );
}

const always = () => true;
const lost = (gpus: readonly WindowCard[], of = window) =>
  lostCards({ window: of, intervalMs: INTERVAL_MS, gpus, everyGpu: gpus }).map(({ index }) => index);

t.test('cards that answer all the time are not lost', async (t) => {
  t.same(lost([card(0, always), card(1, always)]), []);
});

t.test('one that falls silent, was silent at first or for a while is lost', async (t) => {
  t.same(lost([card(0, always), card(1, (atMs) => atMs < 7000)]), [1]);
  t.same(lost([card(0, (atMs) => atMs > 7000), card(1, always)]), [0]);
  t.same(lost([card(0, always), card(1, (atMs) => atMs < 5000 || atMs > 9000)]), [1]);
});

t.test('half of a short window is enough', async (t) => {
  const short = { startMs: 4000, endMs: 5500 };
  t.same(lost([card(0, always), card(1, (atMs) => atMs < 4600)], short), [1]);
  t.same(lost([card(0, always), card(1, (atMs) => atMs !== 4600)], short), [], 'a turn may be missed');
});

t.test('a pause of all is the loss of none, unless nothing follows', async (t) => {
  const pausing = (atMs: number) => atMs < 5000 || atMs > 9000;
  t.same(lost([card(0, pausing), card(1, pausing)]), []);
  t.same(lost([card(0, (atMs) => atMs < 5000)]), [0]);
});

t.test('one that gave no reading at all is lost, though nobody else did either', async (t) => {
  t.same(lost([card(0, () => false)]), [0]);
});

t.test('one that sleeps is not lost', async (t) => {
  t.same(lost([card(0, always), { ...card(1, () => false), isResting: true }]), []);
});

t.test('a reading without a figure is no answer of a card that told some', async (t) => {
  const broken = card(1, always);
  const samples = broken.samples.map((sample) => (sample.atMs < 7000 ? sample : { ...sample, powerW: undefined }));
  t.same(lost([card(0, always), { ...broken, samples }]), [1]);
  t.same(lost([card(0, always), card(1, always, { powerW: undefined })]), [], 'a chip that never tells any');
});

t.test("another target's card shows that readings came", async (t) => {
  const mine = card(1, (atMs) => atMs < 7000 || atMs > 11_000);
  const gpus = [mine];
  t.same(lostCards({ window, intervalMs: INTERVAL_MS, gpus, everyGpu: [card(0, always), mine] }).length, 1);
});
