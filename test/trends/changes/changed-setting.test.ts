import t from 'tap';
import { settingNames, traitsOf } from '../../../src/trends/changes/changed-setting.js';

t.test('what was exchanged is suspected before what was set, and typhon itself last', async (t) => {
  const order = [
    'gpu_driver',
    'server_version',
    'quantisation',
    'context_length',
    'pcie_width',
    'power_limit_w',
    'kernel',
  ];
  t.strictSame(
    settingNames.filter((name) => order.includes(name)),
    order,
  );
  t.equal(settingNames.at(-1), 'agent_version');
});

t.test('every figure has a least difference, every factor a label of its own', async (t) => {
  for (const name of settingNames) {
    const traits = traitsOf(name);
    if (traits.kind === 'figure') t.ok(traits.leastDifference > 0, name);
  }
  t.equal(new Set(settingNames.map((name) => traitsOf(name).label)).size, settingNames.length);
});
