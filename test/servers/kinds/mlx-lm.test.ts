import net from 'node:net';
import t, { type Test } from 'tap';
import { mlxLm as family } from '../../../src/servers/kinds/mlx-lm.js';
import { identifyServer } from '../../../src/servers/recognition/identify.js';
import { connectServer } from '../../../src/servers/registry.js';
import { connectFixture, listening, patient, serveFixture } from '../../fixtures/servers/fixture-server.js';
import { mlxLm } from '../../fixtures/servers/mlx-lm.js';

/** Without a download cache: answers as Python's server writes them, the list broken off after its headers. */
async function serveCacheless(t: Test, health = '{"status": "ok"}'): Promise<string> {
  const head = (status: string) =>
    `HTTP/1.0 ${status}\r\nServer: BaseHTTP/0.6 Python/3.12.4\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n` +
    'Content-type: application/json\r\nAccess-Control-Allow-Origin: *\r\n' +
    'Access-Control-Allow-Methods: *\r\nAccess-Control-Allow-Headers: *\r\n\r\n';
  const server = net.createServer((socket) => {
    socket.once('data', (bytes) => {
      const path = bytes.toString('latin1').split(' ')[1];
      if (path === '/v1/models') socket.end(head('200 OK'));
      else if (path === '/health') socket.end(`${head('200 OK')}${health}`);
      else socket.end(`${head('404 Not Found')}Not Found`);
    });
  });
  const { port } = await listening(t, server);
  return `http://127.0.0.1:${port}`;
}

t.test('offers the model it was started with before those in the cache, none known to be loaded', async (t) => {
  const { identity, server } = await connectFixture(t, mlxLm);
  t.equal(identity.name, 'MLX LM');
  t.same(await server.models(patient), [
    { id: 'default_model', loaded: undefined, automatic: 'first' },
    { id: 'mlx-community/Mistral-7B-Instruct-v0.3-4bit', loaded: undefined },
    { id: 'mlx-community/Qwen3-8B-4bit', loaded: undefined },
  ]);
});

t.test('where its process was seen, that model has its name and is the loaded one', async (t) => {
  const { identity } = await connectFixture(t, mlxLm);
  const server = connectServer({ ...identity, startedModel: 'mlx-community/Qwen3-8B-4bit' });
  t.same(await server.models(patient), [
    { id: 'mlx-community/Qwen3-8B-4bit', loaded: true },
    { id: 'mlx-community/Mistral-7B-Instruct-v0.3-4bit', loaded: false },
  ]);
});

t.test('that model is asked for by the name that loads nothing, another by its own', async (t) => {
  const { identity } = await connectFixture(t, mlxLm);
  const { chat } = connectServer({ ...identity, startedModel: 'Qwen3-8B' });
  const asked = (model: string) => chat.body({ model, prompt: 'Where?', nonce: 'n', maxTokens: 1 })['model'];
  t.equal(asked('Qwen3-8B'), 'default_model');
  t.equal(asked('default_model'), 'default_model');
  t.equal(asked('mlx-community/Qwen3-8B-4bit'), 'mlx-community/Qwen3-8B-4bit');
});

t.test('is found without a download cache too, and has its one model', async (t) => {
  const apiBase = await serveCacheless(t);
  const recognition = await identifyServer({ apiBase }, { timeoutMs: 5000, signal: patient });
  t.match(recognition, { recognised: true, identity: { kind: 'mlx-lm', name: 'MLX LM' } });
  if (!recognition.recognised) return;
  t.same(await connectServer(recognition.identity).models(patient), [
    { id: 'default_model', loaded: undefined, automatic: 'first' },
  ]);
});

t.test('another program on the same plain server is none', async (t) => {
  const apiBase = await serveCacheless(t, '{"status": "ok", "queue": 3}');
  t.match(await identifyServer({ apiBase }, { timeoutMs: 5000, signal: patient }), { recognised: false });
});

t.test('the same list from another web server is only OpenAI-compatible', async (t) => {
  const { apiBase } = await serveFixture(t, { ...mlxLm, headers: { server: 'uvicorn' } });
  const recognition = await identifyServer({ apiBase }, { timeoutMs: 5000, signal: patient });
  t.match(recognition, { identity: { kind: 'openai' } });
});

t.test('the model stands in its command line, of a path its last part', async (t) => {
  const modelIn = (...command: readonly string[]) => family.modelIn?.(command);
  const python = '/opt/homebrew/bin/python3';
  t.equal(
    modelIn(python, '/opt/homebrew/bin/mlx_lm.server', '--model', 'mlx-community/Qwen3-8B-4bit'),
    'mlx-community/Qwen3-8B-4bit',
  );
  t.equal(
    modelIn(python, '-m', 'mlx_lm', 'server', '--port', '8081', '--model=/Users/ann/models/Qwen3-8B/'),
    'Qwen3-8B',
  );
  t.equal(modelIn(python, '-m', 'mlx_lm.server', '--model', './models/phi'), 'phi');
  t.equal(modelIn('/usr/bin/mlx_lm.server', '--port', '8080'), undefined);
  t.equal(modelIn('/usr/bin/mlx_lm.server', '--model'), undefined);
  t.equal(modelIn('/usr/bin/llama-server', '--model', 'x.gguf'), undefined);
});

t.test('has no switches and tells no more', async (t) => {
  const { server } = await connectFixture(t, mlxLm);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), {});
  t.equal(await server.contextLength('default_model', patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
  t.equal(server.countTokens, undefined);
});
