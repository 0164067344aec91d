import t from 'tap';
import { parametersOf } from '../../src/api/parameters.js';

function given(text: string | Uint8Array, contentType = 'application/json', query = {}) {
  return parametersOf(query, { bytes: typeof text === 'string' ? Buffer.from(text) : text, contentType });
}

t.test('a query alone stays as it is', async (t) => {
  t.same(given('', 'text/plain', { mode: 'quick' }), { mode: 'quick' });
  t.same(given(' \n', '', { mode: 'quick' }), { mode: 'quick' });
});

t.test('JSON, whatever it is called, and forms', async (t) => {
  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/merge-patch+json', '']) {
    t.same(given('{"mode":"quick","n":1}', type, { target: 'box' }), { target: 'box', mode: 'quick', n: 1 }, type);
  }
  t.same(given('{"mode":"quick"}', 'application/x-www-form-urlencoded'), { mode: 'quick' }, 'as curl sends it');
  const form = 'mode=quick&target=http%3A%2F%2Fbox+1&model=a&model=b';
  t.same(given(form, 'application/x-www-form-urlencoded'), {
    mode: 'quick',
    target: 'http://box 1',
    model: ['a', 'b'],
  });
});

t.test('anything else is refused with words', async (t) => {
  for (const text of ['{"mode":', '[1]', '"quick"', 'null', '7', Buffer.from([0x7b, 0xff, 0x7d])]) {
    t.throws(() => given(text), { message: /^The body is no (JSON|UTF-8)/ }, String(text));
  }
  t.throws(() => given('quick', 'text/plain'), { status: 415, message: /text\/plain is not understood/ });
  t.throws(() => given('a=1', 'multipart/form-data; boundary=x'), { message: /^A body of multipart\/form-data/ });
  t.throws(() => given('{"mode":"full"}', undefined, { mode: 'quick' }), {
    status: 422,
    message: /^mode: stands both/,
  });
});

t.test('a name of the language itself is a name like any other', async (t) => {
  const parameters = given('{"__proto__":{"mode":"quick"},"constructor":1}');
  t.same(Object.keys(parameters).sort(), ['__proto__', 'constructor']);
  t.notOk('mode' in parameters);
});
