import t from 'tap';
import { quoted, ServerError } from '../../src/servers/server-error.js';

t.test('carries its code and its cause', async (t) => {
  const cause = new Error('below');
  const error = new ServerError('unreachable', 'Cannot reach it.', { cause });
  t.match(error, { name: 'ServerError', code: 'unreachable', message: 'Cannot reach it.' });
  t.equal(error.cause, cause);
  t.ok(error instanceof Error);
});

t.test('quotes a server on one line and cuts it', async (t) => {
  t.equal(quoted(' <html>\n  <p>Hi</p>\n'), '<html> <p>Hi</p>');
  t.equal(quoted(''), 'an empty body');
  t.equal(quoted('x'.repeat(500)).length, 201);
});
