import t from 'tap';
import { metricsBench } from '../../fixtures/metrics-bench.js';

t.test('a server that answers is up with and without a model; which model is loaded is told apart', async (t) => {
  const server = { kind: 'llama.cpp', version: undefined, model: 'm', contextLength: undefined };
  const { read } = metricsBench(t, {
    targets: [
      { name: 'a', labels: { owner: 'ml' }, state: 'up', server },
      { name: 'asleep', labels: {}, state: 'up', server: { ...server, asleep: true } },
      { name: 'empty', labels: {}, state: 'no_model' },
      { name: 'gone', labels: {}, state: 'down' },
    ],
  });
  const values = async (name: string) => (await read(name)).map(({ labels, value }) => [labels, value]);
  t.same(await values('typhon_target_up'), [
    [{ owner: 'ml', target: 'a' }, 1],
    [{ target: 'asleep' }, 1],
    [{ target: 'empty' }, 1],
    [{ target: 'gone' }, 0],
  ]);
  t.same(await values('typhon_target_model_loaded'), [
    [{ owner: 'ml', target: 'a' }, 1],
    [{ target: 'asleep' }, 0],
    [{ target: 'empty' }, 0],
  ]);
});

t.test('targets are up with what they say of themselves, or down', async (t) => {
  const server = { kind: 'vllm', version: '0.9', model: 'm'.repeat(500), contextLength: 4096 };
  const { read } = metricsBench(t, {
    targets: [
      { name: 'a', labels: { room: '1', version: 'mine' }, state: 'up', server },
      { name: 'b', labels: { room: '2' }, state: 'down' },
    ],
  });
  t.match(await read('typhon_target_up'), [
    { labels: { target: 'a' }, value: 1 },
    { labels: { target: 'b' }, value: 0 },
  ]);
  const [a, b] = await read('typhon_target_info');
  t.match(a?.labels, { target: 'a', room: '1', server: 'vllm', version: '0.9', context_length: '4096' });
  t.equal(a?.labels['model']?.length, 128);
  t.same(b?.labels, { target: 'b', room: '2', server: '', version: '', model: '', context_length: '' });
});

t.test('tells how much of a model lies on GPUs, of servers that tell', async (t) => {
  const server = { kind: 'ollama', version: '0.33.0', model: 'qwen3:8b', contextLength: 8192 };
  const { read } = metricsBench(t, {
    targets: [
      { name: 'a', labels: { room: '1', model: 'mine' }, state: 'up', server: { ...server, gpuRatio: 0.52 } },
      { name: 'b', labels: {}, state: 'up', server },
      { name: 'c', labels: {}, state: 'down' },
      { name: 'd', labels: {}, state: 'up', server: { ...server, gpuRatio: 0 } },
    ],
  });
  t.same(
    (await read('typhon_target_model_gpu_ratio')).map(({ labels, value }) => [labels, value]),
    [
      [{ room: '1', target: 'a', model: 'qwen3:8b' }, 0.52],
      [{ target: 'd', model: 'qwen3:8b' }, 0],
    ],
  );
});
