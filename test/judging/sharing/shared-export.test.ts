import t from 'tap';
import { SharedExport } from '../../../src/judging/sharing/shared-export.js';
import { sharedFiguresSchema } from '../../../src/trends/sharing/shared-figures.js';
import { historyRow } from '../../fixtures/history.js';

type Row = ReturnType<typeof historyRow>;

function shared(rows: readonly Row[], owner: readonly string[] = []) {
  const found = new SharedExport(owner);
  for (const row of rows) found.add(row);
  return found.figures();
}

t.test('the newest figures of each test of a model, with the day and without the second', async (t) => {
  const rows = [
    historyRow({ avg_tps: 80 }),
    historyRow({ test_id: 'concurrency_4', category: 'load', aggregate_tps: 200 }),
    historyRow({ avg_tps: 90, run_at: '2026-01-02T06:17:00.000Z', model_load_s: 3 }),
    historyRow({ model: 'other', category: 'canary', test_id: 'canary' }),
  ];
  const figures = shared(rows);
  t.match(figures, {
    format: 'typhon-share',
    version: 1,
    models: [
      {
        model: 'hermes-3-llama-3.1-8b-q8_0',
        workload_version: 1,
        model_load_s: 3,
        hardware: { gpu_name: 'NVIDIA GeForce RTX 3090', cpu_cores_phys: 16 },
        tests: [
          { test_id: 'baseline_short', measured_on: '2026-01-02', avg_tps: 90, concurrency: 1 },
          { test_id: 'concurrency_4', measured_on: '2026-01-01', aggregate_tps: 200, concurrency: 4 },
        ],
      },
    ],
  });
  t.equal(figures?.models.length, 1, 'a canary has no figures');
  t.ok(sharedFiguresSchema.safeParse(JSON.parse(JSON.stringify(figures))).success);
  t.notMatch(JSON.stringify(figures), /T\d\d:/);
});

t.test('figures of another driver, server or workload than the newest are left out', async (t) => {
  const before = historyRow({ test_id: 'long_gen', category: 'stress' });
  for (const change of [{ gpu_driver: '560.1' }, { server_version: 'b9999' }, { workload_version: 2 }]) {
    const tests = shared([before, historyRow(change)])?.models[0]?.tests;
    t.match(tests, [{ test_id: 'baseline_short' }]);
    t.equal(tests?.length, 1);
  }
  t.equal(shared([before, historyRow()])?.models[0]?.tests.length, 2);
});

t.test('nothing to share is no file', async (t) => {
  t.equal(shared([]), undefined);
  t.equal(shared([historyRow({ ctx_size: null })]), undefined);
});

// What a strict schema cannot keep out: everything stands in fields that are shared, or beside them.
const secrets = {
  host: 'alices-tower',
  user: 'alice',
  target: 'Study Box',
  path: '/home/alice/models',
  url: 'http://box.example.org:8080/v1',
  ipv4: '192.168.17.4',
  ipv6: 'fe80::1ff:fe23:4567:890a',
  mac: '3c:7c:3f:1e:aa:01',
  serial: '0324718092345',
  uuid: 'GPU-8f3c0d1e-2b4a-4c6d-9e8f-0a1b2c3d4e5f',
  machine: 'b2d1f0c94e7a4d3f8a6c5e1d0f9b8a7c',
};

t.test(
  'no name, path, address, serial number or id of anybody is in it, wherever in a history it stands',
  async (t) => {
    const owner = [secrets.host, secrets.user];
    const words = Object.values({ ...secrets, serial: `serial ${secrets.serial}` });
    const columns = [
      'server_name',
      'server_version',
      'quantisation',
      'gpu_name',
      'gpu_vendor',
      'gpu_driver',
      'cpu_name',
      'agent_version',
      'model_file',
      'workload_version',
      'server_kind',
      'mode',
    ] as const;
    const named = { ...secrets, machine_id: secrets.machine };
    const rows = words.flatMap((word, index) => [
      ...columns.map((column) =>
        historyRow({ ...named, model: `model-${index}-${column}`, [column]: `thing (${word})` }),
      ),
      historyRow({ ...named, model: word }),
      historyRow({ ...named, model: `${secrets.path}/${word}.gguf` }),
      historyRow({ ...named, model: `qwen-${word}`, run_id: `2026-01-01_00-17-00.000_a3f1c820` }),
      historyRow({ ...named, test_id: word, model: 'qwen3:8b' }),
    ]);
    rows.push(historyRow({ ...named, model: 'qwen3:8b' }));
    const text = JSON.stringify(shared(rows, owner));
    t.match(text, '"model":"qwen3:8b"', 'there is something in it');
    for (const [kind, word] of Object.entries(secrets)) {
      t.notOk(text.toLowerCase().includes(word.toLowerCase()), `${kind}: ${word}`);
    }
    t.notMatch(text, /run_id|machine_id|"target"|a3f1c820/);
  },
);

t.test('a target that is called after its server takes no name away', async (t) => {
  const [model] =
    shared([historyRow({ target: 'ollama', server_name: 'Ollama', model: 'qwen3:8b' })], ['root'])?.models ?? [];
  t.match(model, { server_name: 'Ollama', model: 'qwen3:8b' });
});
