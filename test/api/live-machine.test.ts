import t from 'tap';
import { liveCpu, liveGpu } from '../../src/api/live-machine.js';
import { blankSample } from '../../src/hardware/gpu-sample.js';

t.test('tells memory in MiB and shares in percent', async (t) => {
  const sample = {
    ...blankSample('nvidia', 1, 0),
    name: 'RTX 3090',
    memoryUsedBytes: 8240 * 2 ** 20,
    memoryTotalBytes: 24_576 * 2 ** 20,
    tempC: 71,
    powerW: 218,
    powerLimitW: 350,
    utilRatio: 0.94,
    throttle: { sw_power_cap: true },
  };
  t.same(liveGpu(sample), {
    index: 1,
    uuid: null,
    vendor: 'nvidia',
    name: 'RTX 3090',
    memory: 'dedicated',
    memory_used_mb: 8240,
    memory_total_mb: 24_576,
    temp_c: 71,
    power_w: 218,
    power_limit_w: 350,
    util_pct: 94,
    throttled: true,
  });
});

t.test('what is unknown is null', async (t) => {
  const { index, vendor, memory, ...figures } = liveGpu(blankSample('amd', 0, 0));
  t.same([index, vendor, memory], [0, 'amd', 'dedicated']);
  for (const [name, value] of Object.entries(figures)) t.equal(value, null, name);
  const blank = { atMs: 0, energyJ: undefined, powerW: undefined, tempC: undefined, utilRatio: undefined };
  t.same(liveCpu(blank), { temp_c: null, power_w: null, util_pct: null });
  t.same(liveCpu({ ...blank, utilRatio: 0.5 }), { temp_c: null, power_w: null, util_pct: 50 });
});
