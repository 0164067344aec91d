import t from 'tap';
import { changeSchema, whatChanged } from '../../../src/trends/changes/what-changed.js';

t.test('nothing changed', async (t) => {
  const same = { gpu_driver: '550.54', power_limit_w: 350, kernel: '6.8.0' };
  t.strictSame(whatChanged(same, { ...same }), []);
  t.strictSame(whatChanged({}, {}), []);
});

t.test('a difference in words', async (t) => {
  t.strictSame(whatChanged({ gpu_driver: '550.54.14' }, { gpu_driver: '560.35.03' }), [
    {
      factor: 'gpu_driver',
      before: '550.54.14',
      after: '560.35.03',
      words: 'GPU driver 550.54.14 → 560.35.03',
      explains: true,
    },
  ]);
});

t.test('the likeliest cause comes first', async (t) => {
  const before = {
    agent_version: '0.1.0',
    kernel: '6.8.0',
    sm_clock_mhz: 1740,
    power_limit_w: 350,
    pcie_width: 16,
    context_length: 8192,
    server_version: 'b9310',
    gpu_driver: '550.54',
    other_processes: 'none seen',
  };
  const after = {
    agent_version: '0.2.0',
    kernel: '6.11.0',
    sm_clock_mhz: 1410,
    power_limit_w: 250,
    pcie_width: 4,
    context_length: 32_768,
    server_version: 'b9400',
    gpu_driver: '560.35',
    other_processes: 'on the GPU',
  };
  t.strictSame(
    whatChanged(before, after).map(({ words }) => words),
    [
      'GPU driver 550.54 → 560.35',
      'server version b9310 → b9400',
      'context length of the server 8192 → 32768 tokens',
      'PCIe lanes 16 → 4',
      'GPU power limit 350 → 250 W',
      'GPU clock 1740 → 1410 MHz',
      'kernel 6.8.0 → 6.11.0',
      'other programs none seen → on the GPU',
      'typhon 0.1.0 → 0.2.0',
    ],
  );
});

t.test('what should have made it faster comes last', async (t) => {
  const changes = whatChanged(
    { pcie_width: 4, power_limit_w: 250, agent_version: '0.1.0' },
    { pcie_width: 16, power_limit_w: 350, agent_version: '0.2.0' },
  );
  t.strictSame(
    changes.map(({ factor, explains }) => [factor, explains]),
    [
      ['agent_version', true],
      ['pcie_width', false],
      ['power_limit_w', false],
    ],
  );
});

t.test('figures that differ between any two runs are no change', async (t) => {
  t.strictSame(
    whatChanged(
      { sm_clock_mhz: 1740, gpu_temperature: 70.2, throttled_ratio: 0.01, power_limit_w: 350, ram_total_gb: 62.7 },
      { sm_clock_mhz: 1722, gpu_temperature: 73.9, throttled_ratio: 0.06, power_limit_w: 350.4, ram_total_gb: 62.6 },
    ),
    [],
  );
});

t.test('what is unknown on one side is not a change', async (t) => {
  t.strictSame(whatChanged({ gpu_driver: '550.54' }, { kernel: '6.8.0' }), []);
});

t.test('shares are told in percent, sizes with a tenth where it matters', async (t) => {
  t.strictSame(
    whatChanged({ throttled_ratio: 0, ram_total_gb: 62.7 }, { throttled_ratio: 0.437, ram_total_gb: 31.3 }).map(
      ({ words }) => words,
    ),
    ['share of the time in which heat or power held the clocks down 0 → 43.7 %', 'memory 62.7 → 31.3 GiB'],
  );
});

t.test('survives JSON', async (t) => {
  const changes = whatChanged({ gpu_driver: 'a', pcie_width: 16 }, { gpu_driver: 'b', pcie_width: 4 });
  t.strictSame(changeSchema.array().parse(JSON.parse(JSON.stringify(changes))), changes);
});
