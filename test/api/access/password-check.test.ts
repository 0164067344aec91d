import t from 'tap';
import { PasswordCheck } from '../../../src/api/access/password-check.js';

// Of the word `sesame`, as three tools write it.
const HASH = '$2b$04$akoW1ebvszF4iSw9MHJFmO1vH15chiMJ5XNCqCRrp6w6.p0L5crt6';
const users = new Map([
  ['ada', HASH],
  ['grace', HASH.replace('$2b$', '$2y$')],
  ['joan', HASH.replace('$2b$', '$2a$')],
]);
const basic = (given: string) => `Basic ${Buffer.from(given).toString('base64')}`;

t.test('compares with bcrypt hashes', async (t) => {
  const passwords = new PasswordCheck({ users });
  for (const name of users.keys()) t.equal(await passwords.check(basic(`${name}:sesame`)), 'right', name);
  for (const given of ['ada:sesam', 'ada:', 'bob:sesame', ':sesame', ':']) {
    t.equal(await passwords.check(basic(given)), 'wrong', given);
  }
});

t.test('no name and password were given', async (t) => {
  const passwords = new PasswordCheck({ users });
  for (const given of [undefined, '', 'Basic', 'Basic *', `Bearer ${HASH}`, basic('ada')]) {
    t.equal(await passwords.check(given), 'none', String(given));
  }
});

function counted({ answer = async (password: string) => password === 'sesame' } = {}) {
  const compared: string[] = [];
  const passwords = new PasswordCheck({
    users,
    compare: (password, hash) => {
      compared.push(hash);
      return answer(password);
    },
  });
  return { compared, passwords };
}

t.test('each pair is compared once, also where it comes many times at once', async (t) => {
  const { passwords, compared } = counted();
  const same = Array.from({ length: 50 }, () => passwords.check(basic('ada:sesame')));
  t.same(new Set(await Promise.all(same)), new Set(['right']));
  t.equal(await passwords.check(basic('ada:sesame')), 'right');
  for (let guess = 0; guess < 3; guess += 1) t.equal(await passwords.check(basic('ada:guess')), 'wrong');
  t.equal(compared.length, 2);
});

t.test('an unknown name takes a comparison as slow as the others, and no password fits it', async (t) => {
  const { passwords, compared } = counted({ answer: async () => true });
  t.equal(await passwords.check(basic('mallory:sesame')), 'wrong');
  const [hash = ''] = compared;
  t.match(hash, /^\$2b\$04\$.{53}$/);
  t.equal(hash.length, HASH.length);
});

t.test('one is compared at a time, and of a flood those beyond a bound are put off', async (t) => {
  let underWay = 0;
  let most = 0;
  const { passwords } = counted({
    answer: async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return false;
    },
  });
  const guesses = Array.from({ length: 40 }, (_, guess) => passwords.check(basic(`ada:${guess}`)));
  const outcomes = await Promise.all(guesses);
  t.equal(outcomes.filter((outcome) => outcome === 'later').length, 8);
  t.equal(most, 1);
  t.equal(await passwords.check(basic('ada:39')), 'wrong', 'what was put off is not remembered');
});

t.test('what was compared long ago is forgotten, so that memory has a bound', async (t) => {
  const { passwords, compared } = counted();
  await passwords.check(basic('ada:sesame'));
  for (let guess = 0; guess < 256; guess += 1) await passwords.check(basic(`ada:${guess}`));
  await passwords.check(basic('ada:sesame'));
  t.equal(compared.length, 258);
});

t.test('a comparison that fails is told, and holds up no other', async (t) => {
  let isShort = true;
  const { passwords } = counted({
    answer: async (password) => {
      if (password === 'bad' && isShort) throw new Error('no memory');
      return true;
    },
  });
  await t.rejects(passwords.check(basic('ada:bad')), /no memory/);
  t.equal(await passwords.check(basic('ada:good')), 'right');
  isShort = false;
  t.equal(await passwords.check(basic('ada:bad')), 'right', 'nor is it kept');
});
