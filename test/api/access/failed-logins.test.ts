import t from 'tap';
import { FailedLogins } from '../../../src/api/access/failed-logins.js';

const rules = { token: 'open-sesame', protect: 'all', loopbackOnly: false, hostNames: [] } as const;

function bench() {
  const waits: number[] = [];
  const warnings: unknown[] = [];
  const clock = { nowMs: 1000 };
  const logins = new FailedLogins({
    nowMs: () => clock.nowMs,
    logger: { warn: (details: unknown) => warnings.push(details) },
    wait: async (ms) => waits.push(ms),
  });
  const give = async (token: string | undefined, remoteAddress = '192.0.2.7') => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { host: '192.0.2.1:8000', ...authorization };
    return (await logins.refusalOf({ headers, changes: false }, rules, { remoteAddress }))?.status;
  };
  return { waits, warnings, clock, give };
}

t.test('the eleventh token from an address that gave ten wrong ones waits, be it right or wrong', async (t) => {
  const { waits, clock, give } = bench();
  for (let guess = 0; guess < 10; guess += 1) t.equal(await give(`guess-${guess}`), 401);
  t.same(waits, []);
  t.equal(await give('guess-10'), 401);
  t.equal(await give('open-sesame'), undefined);
  t.same(waits, [1000, 1000]);
  t.equal(await give('open-sesame', '192.0.2.8'), undefined);
  t.equal(waits.length, 2, 'another address does not');
  clock.nowMs += 60_001;
  t.equal(await give('open-sesame'), undefined);
  t.equal(waits.length, 2, 'nor that one a minute later');
});

t.test('wrong tokens are told in the log once a minute with how many there were', async (t) => {
  const { warnings, clock, give } = bench();
  for (let guess = 0; guess < 3; guess += 1) await give('guess');
  t.same(warnings, [{ address: '192.0.2.7', failures: 1 }]);
  clock.nowMs += 60_000;
  await give('guess', '192.0.2.9');
  t.same(warnings[1], { address: '192.0.2.9', failures: 3 });
});

t.test('asking without a token is no guess, and where none is needed nobody waits', async (t) => {
  const { warnings, waits, give } = bench();
  for (let request = 0; request < 12; request += 1) t.equal(await give(undefined), 401);
  t.same([warnings, waits], [[], []]);
});

t.test('addresses that guessed long ago are forgotten, so that memory has a bound', async (t) => {
  const { waits, give } = bench();
  for (let guess = 0; guess < 10; guess += 1) await give('guess', '192.0.2.7');
  for (let address = 0; address < 1024; address += 1) await give('guess', `2001:db8::${address.toString(16)}`);
  await give('guess', '192.0.2.7');
  t.same(waits, []);
});
