import t from 'tap';
import { quantisationInName, quantisationOf } from '../../src/shared/quantisation.js';

t.test('the quantisation is read from the names that are in use', async (t) => {
  const names = new Map([
    ['hermes-3-llama-3.1-8b-q8_0', 'q8_0'],
    ['Qwen2.5-7B-Instruct-Q4_K_M.gguf', 'Q4_K_M'],
    ['llama3.1:8b-instruct-q5_K_S', 'q5_K_S'],
    ['mistral-7b-IQ2_XXS', 'IQ2_XXS'],
    ['TheBloke/Llama-2-13B-AWQ', 'AWQ'],
    ['model-GPTQ', 'GPTQ'],
    ['mlx-community/Llama-3.2-3B-Instruct-4bit', '4bit'],
    ['gemma-2-9b-bf16', 'bf16'],
    ['gpt-oss-20b-mxfp4', 'mxfp4'],
    ['Llama-3.3-70B-Instruct-FP8', 'FP8'],
  ]);
  for (const [model, quantisation] of names) t.equal(quantisationInName(model), quantisation, model);
  for (const model of ['hermes-3-llama-3.1-8b', 'qwen3', 'phi-4', 'typhon-reference-tiny', '']) {
    t.equal(quantisationInName(model), undefined, model);
  }
});

t.test('the server is believed before the file, and the file before the name', async (t) => {
  const model = 'qwen3-q8_0';
  t.equal(quantisationOf({ model, model_file: 'x-Q6_K.gguf', quantisation: 'Q4_K - Medium' }), 'Q4_K - Medium');
  t.equal(quantisationOf({ model, model_file: 'x-Q6_K.gguf', quantisation: null }), 'Q6_K');
  t.equal(quantisationOf({ model, model_file: '46e0c10c039e', quantisation: null }), 'q8_0');
});
