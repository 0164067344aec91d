import t from 'tap';
import { ProbabilityReading } from '../../../src/benchmark/canary/probability-reading.js';
import { requestFailure } from '../../../src/benchmark/client/failure.js';
import type { RequestOutcome } from '../../../src/benchmark/client/request-timings.js';
import type { InferenceServer } from '../../../src/benchmark/inference-server.js';
import { plainInferenceServer } from '../../fixtures/plain-inference-server.js';

const own = { raw: {}, promptTokens: 7 };
const telling = plainInferenceServer('http://127.0.0.1:1', {
  tellsProbabilities: true,
  requestExtras: () => ({ ignore_eos: true }),
  ownTimings: () => own,
});
const request = { maxTokens: 1, nonce: 'n' };
const failed = (error: Parameters<typeof requestFailure>[0]): RequestOutcome => ({
  ok: false,
  failure: requestFailure(error),
  isRetried: false,
});

t.test('the server keeps what it asks for and tells of itself', async (t) => {
  const seen: InferenceServer[] = [];
  const { logprobs } = await new ProbabilityReading(telling).during(async (server) => {
    seen.push(server);
    t.same(server.requestExtras(request), { ignore_eos: true, logprobs: true, top_logprobs: 1 });
    const event = { choices: [{ logprobs: { content: [{ logprob: -1.25 }] } }] };
    t.equal(server.ownTimings([event]), own);
    return failed('timeout');
  });
  t.same(logprobs, [-1.25]);
  t.equal(seen.length, 1, 'a timeout is no refusal');
});

t.test('what fails for what it asked is sent again without, and so are all that follow', async (t) => {
  for (const error of ['http_error', 'stream_error', 'bad_response', 'connection_reset'] as const) {
    const reading = new ProbabilityReading(telling);
    const asked: boolean[] = [];
    const send = async (server: InferenceServer) => {
      asked.push('logprobs' in server.requestExtras(request));
      return failed(error);
    };
    t.match(await reading.during(send), { outcome: { failure: { error } }, logprobs: undefined });
    await reading.during(send);
    t.same(asked, [true, false, false], error);
  }
});
