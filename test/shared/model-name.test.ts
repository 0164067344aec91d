import t from 'tap';
import { shortModelName } from '../../src/shared/model-name.js';

t.test('a path is the name of its file, on every system', async (t) => {
  const names = new Map([
    ['/models/qwen3-4b-q4_k_m.gguf', 'qwen3-4b-q4_k_m.gguf'],
    ['models/7B/ggml-model-q4_0.gguf', 'ggml-model-q4_0.gguf'],
    ['./qwen3.gguf', 'qwen3.gguf'],
    ['../qwen3.gguf', 'qwen3.gguf'],
    ['~/models/qwen3.gguf', 'qwen3.gguf'],
    ['C:\\Users\\ana\\models\\qwen3.gguf', 'qwen3.gguf'],
    ['d:/models/qwen3.gguf', 'qwen3.gguf'],
    ['\\\\nas\\models\\qwen3.gguf', 'qwen3.gguf'],
    ['models\\qwen3.GGUF', 'qwen3.GGUF'],
    ['/models/Llama-3.1-8B-Instruct/', 'Llama-3.1-8B-Instruct'],
  ]);
  for (const [path, name] of names) t.equal(shortModelName(path), name, path);
});

t.test('a name stays as it is, though it has slashes', async (t) => {
  for (const name of [
    'llama3.1:8b',
    'meta-llama/Llama-3.1-8B-Instruct',
    'hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M',
    'anthropic/claude',
    'qwen3.gguf',
    '/',
    '',
  ]) {
    t.equal(shortModelName(name), name);
  }
});
