import t from 'tap';
import { quoted, requestErrorOf, ServerError } from '../../src/servers/server-error.js';

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

t.test('tells what a request would have failed with, where there was anybody to ask', async (t) => {
  t.equal(requestErrorOf(new ServerError('unreachable', 'Cannot reach it.')), 'connection_refused');
  t.equal(requestErrorOf(new ServerError('model_not_loaded', 'Load it.')), 'model_not_found');
  t.equal(requestErrorOf(new ServerError('unknown_target', 'Who?')), undefined);
  t.equal(requestErrorOf(new Error('the disk is full')), undefined);
});
