import t from 'tap';
import type { ServerIdentity } from '../../src/servers/server-family.js';
import { withStartedModel } from '../../src/servers/started-model.js';

const mlx: ServerIdentity = { kind: 'mlx-lm', name: 'MLX LM', apiBase: 'http://127.0.0.1:8080' };

function machine(command: readonly string[] | undefined) {
  const asked: number[] = [];
  const commandOf = async (port: number) => {
    asked.push(port);
    return command;
  };
  return { asked, hostname: 'box', addresses: [], commandOf };
}

const started = ['/usr/bin/mlx_lm.server', '--model', 'mlx-community/Qwen3-8B-4bit'];

t.test('is found in the command line of the process on the port', async (t) => {
  const seen = machine(started);
  t.same(await withStartedModel(mlx, seen), { ...mlx, startedModel: 'mlx-community/Qwen3-8B-4bit' });
  await withStartedModel({ ...mlx, apiBase: 'http://localhost' }, seen);
  await withStartedModel({ ...mlx, apiBase: 'https://localhost' }, seen);
  t.same(seen.asked, [8080, 80, 443]);
});

t.test('is not looked for elsewhere, of another kind, or where nothing can be seen', async (t) => {
  const seen = machine(started);
  const remote = { ...mlx, apiBase: 'http://192.0.2.1:8080' };
  t.equal(await withStartedModel(remote, seen), remote);
  const vllm: ServerIdentity = { ...mlx, kind: 'vllm' };
  t.equal(await withStartedModel(vllm, seen), vllm);
  t.same(seen.asked, []);
  t.equal(await withStartedModel(mlx, machine(undefined)), mlx);
  t.equal(await withStartedModel(mlx, { hostname: 'box', addresses: [] }), mlx);
});
