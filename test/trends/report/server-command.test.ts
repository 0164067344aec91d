import t from 'tap';
import { serverKinds } from '../../../src/benchmark/inference-server.js';
import { serverCommand } from '../../../src/trends/report/server-command.js';

t.test('names the option of each kind of server that has one', async (t) => {
  t.equal(serverCommand('llama.cpp', 'a.gguf', 8192), 'llama-server --model a.gguf --ctx-size 8192 --n-gpu-layers 999');
  t.equal(serverCommand('ollama', 'llama3.1:8b', 8192), 'OLLAMA_CONTEXT_LENGTH=8192 ollama serve');
  t.equal(serverCommand('vllm', 'Qwen/Qwen3-8B', 16_384), 'vllm serve Qwen/Qwen3-8B --max-model-len 16384');
  t.equal(serverCommand('openai', 'gpt', 8192), undefined);
  for (const kind of serverKinds) t.match(serverCommand(kind, 'm', 4096) ?? '4096', '4096', kind);
});

t.test('a model id is one word of the shell, whatever it holds', async (t) => {
  t.equal(serverCommand('vllm', "x'; rm -rf ~ #", 1), "vllm serve 'x'\\''; rm -rf ~ #' --max-model-len 1");
  t.equal(serverCommand('vllm', '$(id)\n\u001b[2J', 1), "vllm serve '$(id)[2J' --max-model-len 1");
  t.equal(serverCommand('vllm', '--trust-remote-code', 1), "vllm serve '--trust-remote-code' --max-model-len 1");
});
