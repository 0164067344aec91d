import t, { type Test } from 'tap';
import { askEndpoint, type EndpointOptions } from '../../src/ask/ask-endpoint.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { serveFixture } from '../fixtures/servers/fixture-server.js';
import { llamaCpp } from '../fixtures/servers/llama-cpp.js';
import { certificateFile } from '../fixtures/tls/certificate.js';

const measured = benchmarkResult();

function endpoint(environment: EndpointOptions['environment'], targets: EndpointOptions['targets'] = []) {
  return askEndpoint({ environment, targets, measured, signal: new AbortController().signal });
}

function target(url: string) {
  return {
    name: 'workstation',
    url,
    models: 'auto' as const,
    load: 'never' as const,
    gpus: 'all' as const,
    labels: {},
    apiKey: 'sk-target',
  };
}

async function fake(t: Test, models: readonly string[]) {
  const server = await startFakeLlmServer({ models: models.map((id) => ({ id })) });
  t.teardown(() => server.close());
  return server;
}

t.test('without a word from the environment it is what was measured last', async (t) => {
  const own = { apiRoot: 'http://127.0.0.1:8080/v1', model: 'hermes-3-llama-3.1-8b-q8_0' };
  t.same(await endpoint({}), { ...own, apiKey: undefined, tls: undefined });
  t.same(await endpoint({ TYPHON_LLM_URL: '', TYPHON_LLM_MODEL: 'other' }), {
    ...own,
    apiKey: undefined,
    tls: undefined,
    model: 'other',
  });
});

t.test("a target's key goes to that target alone", async (t) => {
  const targets = [target('http://127.0.0.1:8080')];
  t.equal((await endpoint({}, targets)).apiKey, 'sk-target');
  t.equal((await endpoint({ TYPHON_LLM_KEY: 'sk-own' }, targets)).apiKey, 'sk-own');
  t.equal((await endpoint({}, [target('http://127.0.0.1:9999')])).apiKey, undefined);
  const elsewhere = { TYPHON_LLM_URL: 'http://127.0.0.1:8080', TYPHON_LLM_MODEL: 'x' };
  t.equal((await endpoint(elsewhere, targets)).apiKey, undefined);
});

t.test('a URL is taken with and without its version', async (t) => {
  const rootOf = async (url: string) => (await endpoint({ TYPHON_LLM_URL: url, TYPHON_LLM_MODEL: 'x' })).apiRoot;
  t.equal(await rootOf('localhost:8080'), 'http://localhost:8080/v1');
  t.equal(await rootOf('https://api.example.org/v1/'), 'https://api.example.org/v1');
  t.equal(await rootOf('https://example.org/v1beta/openai'), 'https://example.org/v1beta/openai');
  t.equal(await rootOf('https://example.org/llm'), 'https://example.org/llm/v1');
  await t.rejects(rootOf('ftp://example.org'), { code: 'bad_url' });
});

t.test('the only model of a server needs no name, one of several does', async (t) => {
  const one = await fake(t, ['qwen']);
  t.equal((await endpoint({ TYPHON_LLM_URL: one.url })).model, 'qwen');
  const two = await fake(t, ['qwen', 'llama']);
  await t.rejects(endpoint({ TYPHON_LLM_URL: two.url }), {
    code: 'model_not_found',
    message: /2 models, among them qwen, llama\. Name one in TYPHON_LLM_MODEL\./,
  });
});

t.test('a key that no header can carry is refused, and not repeated', async (t) => {
  await t.rejects(endpoint({ TYPHON_LLM_KEY: 'sk secret' }), { code: 'unauthorized', message: /^(?!.*secret)/ });
});

t.test("a target's trust in a certificate holds for whoever asks there, by its own URL too", async (t) => {
  const { apiBase } = await serveFixture(t, llamaCpp, 'signed');
  const secure = { ...target(apiBase), tls: { check: 'authority' as const, caFile: certificateFile('authority') } };
  const { tls, model } = await endpoint({ TYPHON_LLM_URL: `${apiBase}/v1` }, [secure]);
  t.match({ tls, model }, { tls: { check: 'authority', pem: /BEGIN CERTIFICATE/ }, model: /./ });
  await t.rejects(endpoint({ TYPHON_LLM_URL: apiBase }, [target('http://127.0.0.1:9999')]), { code: 'tls_failed' });
});
