import t from 'tap';
import { z } from 'zod';
import { describeValue, expectationOf } from '../../src/config/expectation.js';

function expectations(schema: z.ZodType, value: unknown): string[] {
  return schema.safeParse(value, { error: expectationOf }).error?.issues.map(({ message }) => message) ?? [];
}

t.test('puts what a schema expects into words', async (t) => {
  t.same(expectations(z.array(z.string()), {}), ['a list']);
  t.same(expectations(z.strictObject({ a: z.int() }), { a: 1.5 }), ['a whole number']);
  t.same(expectations(z.date(), 1), ['date']);
  t.same(expectations(z.literal('x'), 'y'), ['x']);
  t.same(expectations(z.number().max(3), 4), ['at most 3']);
  t.same(expectations(z.array(z.number()).min(2).max(1), [1]), ['at least 2 entries']);
  t.same(expectations(z.array(z.number()).max(1), [1, 2]), ['at most 1 entries']);
  t.same(expectations(z.strictObject({ a: z.string().optional() }), { b: 1 }), ['one of the keys a']);
  t.same(expectations(z.record(z.string().max(1), z.string()), { long: '' }), ['at most 1']);
  t.same(expectations(z.email(), 'x'), ['another value']);
});

t.test('describes a value by what it holds, and what is not there as nothing', async (t) => {
  const root = { a: [1, 2], b: { c: 'text', d: null }, e: true, f: {} };
  t.equal(describeValue(root, ['a']), 'a list of 2');
  t.equal(describeValue(root, ['a', 1]), '2');
  t.equal(describeValue(root, ['b']), 'a mapping of c, d');
  t.equal(describeValue(root, ['b', 'c']), '"text"');
  t.equal(describeValue(root, ['b', 'd']), 'nothing');
  t.equal(describeValue(root, ['b', 'c', 'x', 'y']), 'nothing');
  t.equal(describeValue(root, ['e']), 'true');
  t.equal(describeValue(root, ['f']), 'a mapping of nothing');
});

t.test('shows neither keys nor tokens nor the password in a URL', async (t) => {
  const root = { api_key: 'hunter2', bearer_token: 12345, url: 'http://me:hunter2@host/' };
  t.equal(describeValue(root, ['api_key']), 'a string (not shown)');
  t.equal(describeValue(root, ['bearer_token']), 'a number (not shown)');
  t.equal(describeValue(root, ['url']), '"http://…@host/"');
  const channels = { notifications: [{ urls: ['tgram://hunter2/1'] }] };
  t.equal(describeValue(channels, ['notifications', 0, 'urls', 0]), 'a string (not shown)');
  for (const url of ['http://me:hun/ter2@host/', 'http://me:h@hunter2@host/', 'me:hunter2@host'])
    t.match(describeValue({ url }, ['url']), /^"(http:\/\/)?…@host\/?"$/, url);
});
