import t from 'tap';
import { isRunId, newJobId, nextRunId, runIdOf } from '../../src/chronicle/run-id.js';

t.test('a job id is 8 hex digits, leading zeros kept', async (t) => {
  t.equal(
    newJobId(() => Buffer.from([0x00, 0x0f, 0xc8, 0x20])),
    '000fc820',
  );
  t.match(newJobId(), /^[0-9a-f]{8}$/);
  t.not(newJobId(), newJobId());
});

t.test('a run id is the UTC time to the millisecond and the job id', async (t) => {
  t.equal(runIdOf(new Date('2026-11-21T14:30:45.123Z'), 'a3f1c820'), '2026-11-21_14-30-45.123_a3f1c820');
  t.equal(runIdOf(new Date('2026-11-21T15:30:45+01:00'), 'a3f1c820'), '2026-11-21_14-30-45.000_a3f1c820');
});

t.test('the id after one is a millisecond later, over the end of a day and of a year too', async (t) => {
  t.equal(nextRunId('2026-11-21_14-30-45.123_a3f1c820'), '2026-11-21_14-30-45.124_a3f1c820');
  t.equal(nextRunId('2026-12-31_23-59-59.999_a3f1c820'), '2027-01-01_00-00-00.000_a3f1c820');
  t.equal(nextRunId('2026-13-45_99-59-59.999_a3f1c820'), undefined, 'no such time');
  t.equal(nextRunId('../../etc'), undefined);
});

t.test('only a run id passes as one', async (t) => {
  t.ok(isRunId(runIdOf(new Date(), newJobId())));
  const others = [
    '',
    '..',
    '2026-11-21_14-30-45.123',
    '2026-11-21_14-30-45.123_a3f1c820/../..',
    '2026-11-21_14-30-45.123_a3f1c820\n',
    '.tmp-1-00000000-1-2026-11-21_14-30-45.123_a3f1c820',
    '2026-11-21_14-30-45.123_A3F1C820',
  ];
  for (const other of others) t.notOk(isRunId(other), JSON.stringify(other));
});
