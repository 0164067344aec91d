import t from 'tap';
import { HttpFailure, invalidRequest } from '../../src/reference/http-failure.js';

t.test('has the body of an OpenAI error, llama.cpp fields beside it', async (t) => {
  const failure = new HttpFailure(400, 'exceed_context_size_error', 'too long', {
    code: 'context_length_exceeded',
    details: { n_ctx: 5 },
  });
  t.same(failure.body, {
    error: {
      message: 'too long',
      type: 'exceed_context_size_error',
      param: null,
      code: 'context_length_exceeded',
      n_ctx: 5,
    },
  });
});

t.test('a wrong request is a 400 that keeps its cause', async (t) => {
  const cause = new Error('why');
  const failure = invalidRequest('no', cause);
  t.match(failure, { status: 400, type: 'invalid_request_error', message: 'no', cause });
  t.same(failure.body.error['code'], null);
});
