import t from 'tap';
import { anonymousRow, exportedColumns } from '../../src/chronicle/anonymous-row.js';
import { REMOVED } from '../../src/chronicle/redact.js';
import { historyRow } from '../fixtures/history.js';

t.test('figures and ordinary names stay as they are', async (t) => {
  const row = historyRow();
  const { machine_id, target, ...rest } = row;
  t.match(anonymousRow(row), rest);
  t.same(Object.keys(anonymousRow(row)), exportedColumns);
});

t.test('machine and target become hashes that tell series apart and join with nothing', async (t) => {
  const row = historyRow({ target: 'http://alice-pc:8080' });
  const shown = anonymousRow(row);
  t.match(shown, { machine_id: /^[0-9a-f]{32}$/, target: /^target-[0-9a-f]{8}$/ });
  t.not(shown.machine_id, row.machine_id);
  t.same(anonymousRow(historyRow({ target: 'http://alice-pc:8080' })), shown, 'always the same');
  t.not(anonymousRow(historyRow({ target: 'other' })).target, shown.target);
  t.not(anonymousRow(historyRow({ machine_id: 'b', target: 'http://alice-pc:8080' })).target, shown.target);
});

t.test('a model that is a path keeps its file name alone', async (t) => {
  const modelOf = (model: string) => anonymousRow(historyRow({ model })).model;
  t.equal(modelOf('/home/alice/models/qwen-7b-q4.gguf'), 'qwen-7b-q4.gguf');
  t.equal(modelOf('C:\\Users\\alice\\qwen.gguf'), 'qwen.gguf');
  t.equal(modelOf('~/qwen.gguf'), 'qwen.gguf');
  t.equal(modelOf('models/alice/qwen/'), 'qwen');
  t.equal(modelOf('http://10.0.0.7:9000/v1/qwen'), 'qwen');
  t.equal(modelOf('Qwen/Qwen3-8B'), 'Qwen/Qwen3-8B');
  t.equal(modelOf('llama3.1:8b-instruct-q8_0'), 'llama3.1:8b-instruct-q8_0');
  t.equal(modelOf('qwen@10.0.0.7'), REMOVED);
  t.equal(modelOf('/'), REMOVED);
  t.equal(anonymousRow(historyRow({ model_file: '/home/alice/qwen.gguf' })).model_file, 'qwen.gguf');
});

t.test('whatever else looks like an address, a path or a person is removed', async (t) => {
  const serverOf = (server_name: string) => anonymousRow(historyRow({ server_name })).server_name;
  for (const name of [
    'at 192.168.1.7',
    'at fe80:0:0:1::7',
    'gateway.lan',
    'http://x',
    'alice@example.org',
    '/opt/alice/server',
    'built in /home/alice',
    '\\\\alice\\share',
    'localhost proxy',
    '192.168.1.7.',
    'GPU-8f3c0d1e-2b4a-4c6d-9e8f-0a1b2c3d4e5f',
    'machine b2d1f0c94e7a4d3f8a6c5e1d0f9b8a7c',
    'serial 0324718092345',
  ]) {
    t.equal(serverOf(name), REMOVED, name);
  }
  for (const name of ['llama.cpp (llama-server)', 'vLLM 0.11.0', 'text-generation-webui', 'TCP/IP model']) {
    t.equal(serverOf(name), name);
  }
  t.equal(anonymousRow(historyRow({ gpu_driver: '32.0.101.5768' })).gpu_driver, '32.0.101.5768');
});

t.test('columns that another version or program added are left out', async (t) => {
  const row = { ...historyRow(), host_name: 'alice-pc' };
  t.notMatch(JSON.stringify(anonymousRow(row)), 'alice');
});
