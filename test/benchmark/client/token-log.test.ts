import t from 'tap';
import { tokenLog } from '../../../src/benchmark/client/token-log.js';

/** A log whose repeated events stand in angle brackets. */
function logging() {
  const told = { repeated: 0 };
  const repeated = {
    learn: () => undefined,
    chunk: undefined,
    wordsOf: (text: string, from: number, to: number) => /^<(.*)>$/.exec(text.slice(from, to))?.[1],
  };
  const log = tokenLog(repeated, () => {
    told.repeated += 1;
  });
  return { log, told };
}

t.test('takes what repeats itself, between two places of what was read', async (t) => {
  const { log } = logging();
  log.add(1, 'one ');
  log.pushed(true);
  t.ok(log.takeSpan('..<two>..', 2, 7, 2));
  t.notOk(log.takeSpan('..<two>..', 2, 6, 3));
  t.same(log.chunks, [
    { atMs: 1, characters: 4 },
    { atMs: 2, characters: 3 },
  ]);
  t.equal(log.text(), 'one two');
});

t.test('takes nothing in the middle of an event', async (t) => {
  const { log } = logging();
  t.notOk(log.takeSpan('<one>', 0, 5, 1), 'before anything was pushed');
  log.pushed(false);
  t.notOk(log.takeSpan('<one>', 0, 5, 1));
});

t.test('tells of the first event that repeats one after each that was pushed', async (t) => {
  const { log, told } = logging();
  log.pushed(true);
  for (const atMs of [1, 2]) log.takeSpan('<one>', 0, 5, atMs);
  t.equal(told.repeated, 1);
  log.pushed(true);
  log.takeSpan('<one>', 0, 5, 3);
  t.equal(told.repeated, 2);
});

t.test('pieces with one stamp are one read, which is cut where its last piece is', async (t) => {
  const { log } = logging();
  log.pushed(true);
  log.countRead(1, true);
  log.takeSpan('<one>', 0, 5, 1);
  t.equal(log.cutReads(), 0);
  log.countRead(2, true);
  t.equal(log.cutReads(), 0.5);
});
