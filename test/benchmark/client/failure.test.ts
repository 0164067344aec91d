import t from 'tap';
import {
  failureInStream,
  failureOfStatus,
  failureOfTransport,
  type RequestError,
  requestErrors,
  requestFailure,
} from '../../../src/benchmark/client/failure.js';

function transportError(code: string, message = 'words of the socket'): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

t.test('the set of errors is closed', async (t) => {
  t.same([...requestErrors].sort(), [
    'bad_response',
    'cancelled',
    'connection_refused',
    'connection_reset',
    'context_exceeded',
    'empty_response',
    'http_error',
    'model_not_found',
    'stream_error',
    'timeout',
    'unauthorized',
  ]);
});

t.test('words are on one line and cut at 500 characters; none are left out', async (t) => {
  t.same(requestFailure('http_error', ' one\n\n two\t', 500), { error: 'http_error', status: 500, detail: 'one two' });
  t.equal(requestFailure('bad_response', 'x'.repeat(9000)).detail, 'x'.repeat(500));
  t.same(requestFailure('timeout'), { error: 'timeout' });
  t.same(requestFailure('http_error', ' \n', 503), { error: 'http_error', status: 503 });
});

t.test('errors of the socket go by their codes', async (t) => {
  const expected: Record<string, RequestError> = {
    ECONNREFUSED: 'connection_refused',
    ENOTFOUND: 'connection_refused',
    EHOSTUNREACH: 'connection_refused',
    ETIMEDOUT: 'timeout',
    ECONNRESET: 'connection_reset',
    EPIPE: 'connection_reset',
    HPE_INVALID_CONSTANT: 'bad_response',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'bad_response',
  };
  for (const [code, error] of Object.entries(expected)) {
    const met = transportError(code);
    const cause = error === 'bad_response' ? { cause: met } : {};
    t.same(failureOfTransport(met), { error, detail: 'words of the socket', ...cause }, code);
  }
  t.equal(failureOfTransport(new Error('nothing known')).error, 'bad_response');
});

t.test('where several addresses were tried, the first one speaks', async (t) => {
  const each = ['::1:9', '127.0.0.1:9'].map((address) =>
    transportError('ECONNREFUSED', `connect ECONNREFUSED ${address}`),
  );
  const both = new AggregateError(each, 'all attempts failed');
  t.same(failureOfTransport(both), { error: 'connection_refused', detail: 'connect ECONNREFUSED ::1:9' });
});

interface Refusal {
  readonly of: string;
  readonly status: number;
  readonly body: unknown;
  readonly error: RequestError;
  readonly detail: string;
}

// The words are the servers' own, as their sources have them.
const refusals: readonly Refusal[] = [
  {
    of: 'llama-server, context',
    status: 400,
    body: {
      error: {
        code: 400,
        message: 'the request exceeds the available context size, try increasing it',
        type: 'exceed_context_size_error',
      },
    },
    error: 'context_exceeded',
    detail: 'the request exceeds the available context size, try increasing it',
  },
  {
    of: 'vLLM, context',
    status: 400,
    body: {
      object: 'error',
      message: "This model's maximum context length is 2048 tokens. However, you requested 2300 tokens.",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
    error: 'context_exceeded',
    detail: "This model's maximum context length is 2048 tokens. However, you requested 2300 tokens.",
  },
  {
    of: 'a label alone',
    status: 400,
    body: { error: { code: 'context_length_exceeded', message: 'Please reduce your prompt.' } },
    error: 'context_exceeded',
    detail: 'Please reduce your prompt.',
  },
  {
    of: 'vLLM, model',
    status: 404,
    body: { error: { message: 'The model `hermes` does not exist.', type: 'NotFoundError', code: 404 } },
    error: 'model_not_found',
    detail: 'The model `hermes` does not exist.',
  },
  {
    of: 'Ollama, model',
    status: 404,
    body: { error: { message: "model 'hermes' not found", type: 'api_error', param: null, code: null } },
    error: 'model_not_found',
    detail: "model 'hermes' not found",
  },
  {
    of: 'a string as error',
    status: 404,
    body: { error: 'model "hermes" not found, try pulling it first' },
    error: 'model_not_found',
    detail: 'model "hermes" not found, try pulling it first',
  },
  {
    of: 'llama-server, key',
    status: 401,
    body: { error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 } },
    error: 'unauthorized',
    detail: 'Invalid API Key',
  },
  { of: 'a gate', status: 403, body: { message: 'Forbidden' }, error: 'unauthorized', detail: 'Forbidden' },
  {
    of: 'a route that is not there (FastAPI)',
    status: 404,
    body: { detail: 'Not Found' },
    error: 'http_error',
    detail: 'Not Found',
  },
  {
    of: 'a field that is refused (FastAPI)',
    status: 422,
    body: { detail: [{ loc: ['body', 'stream'], msg: 'bad' }] },
    error: 'http_error',
    detail: '{"detail":[{"loc":["body","stream"],"msg":"bad"}]}',
  },
  {
    of: 'a server that loads',
    status: 503,
    body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    error: 'http_error',
    detail: 'Loading model',
  },
];

t.test("an HTTP error goes by its status and the server's words", async (t) => {
  for (const { of, status, body, error, detail } of refusals) {
    t.same(failureOfStatus(status, JSON.stringify(body)), { error, status, detail }, of);
  }
});

t.test('a body that is no JSON is quoted, an empty one is not', async (t) => {
  t.same(failureOfStatus(502, '<h1>Bad\n Gateway</h1>'), {
    error: 'http_error',
    status: 502,
    detail: '<h1>Bad Gateway</h1>',
  });
  t.same(failureOfStatus(500, ''), { error: 'http_error', status: 500 });
  t.same(failureOfStatus(500, '"out of memory"').detail, '"out of memory"');
  t.same(failureOfStatus(500, 'null').detail, 'null');
  t.equal(failureOfStatus(500, `<p>${'x'.repeat(9000)}`).detail?.length, 500);
});

t.test('an error inside a stream is a stream error, or the context', async (t) => {
  t.same(failureInStream({ error: { message: 'CUDA out of memory', code: 500 } }), {
    error: 'stream_error',
    detail: 'CUDA out of memory',
  });
  t.same(failureInStream({ error: 'stopped' }), { error: 'stream_error', detail: 'stopped' });
  t.same(failureInStream({ error: { code: 500 } }), { error: 'stream_error', detail: '{"error":{"code":500}}' });
  t.same(failureInStream('plain words'), { error: 'stream_error', detail: 'plain words' });
  t.equal(failureInStream({ error: { message: 'Context size has been exceeded.' } }).error, 'context_exceeded');
});
