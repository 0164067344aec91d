import t, { type Test } from 'tap';
import { cpuTemperatureFiles } from '../../../src/hardware/host/cpu-temperature.js';
import type { Tree } from '../../fixtures/sysfs/trees.js';

async function temperatures(t: Test, tree: Tree): Promise<(number | undefined)[]> {
  const files = await cpuTemperatureFiles(t.testdir({ sys: { class: tree } }));
  t.teardown(() => {
    for (const file of files) file.close();
  });
  return files.map((file) => file.readNumber()).sort();
}

t.test("an Intel processor's packages are read, not its cores", async (t) => {
  const socket = (number: number): Tree => ({
    name: 'coretemp\n',
    temp1_label: `Package id ${number}\n`,
    temp1_input: `6${number}000\n`,
    temp2_label: 'Core 0\n',
    temp2_input: '99000\n',
  });
  t.same(
    await temperatures(t, { hwmon: { hwmon0: socket(0), hwmon1: socket(1), hwmon2: { name: 'nvme\n' } } }),
    [60000, 61000],
  );
});

t.test("an AMD processor's die counts before its control value, which may carry an offset", async (t) => {
  const both: Tree = { name: 'k10temp\n', temp1_label: 'Tctl\n', temp1_input: '90000\n', temp2_label: 'Tdie\n' };
  t.same(await temperatures(t, { hwmon: { hwmon0: { ...both, temp2_input: '70000\n' } } }), [70000]);
  const alone: Tree = { name: 'k10temp\n', temp1_label: 'Tctl\n', temp1_input: '65000\n' };
  t.same(await temperatures(t, { hwmon: { hwmon0: alone } }), [65000]);
});

t.test('without such a sensor a thermal zone of the processor is read', async (t) => {
  const thermal: Tree = {
    thermal_zone0: { type: 'acpitz\n', temp: '27800\n' },
    thermal_zone1: { type: 'cpu-thermal\n', temp: '48000\n' },
  };
  t.same(await temperatures(t, { hwmon: { hwmon0: { name: 'cpu_thermal\n' } }, thermal }), [48000]);
});

t.test('a machine that tells nothing has no sensor', async (t) => {
  t.same(await temperatures(t, { thermal: { thermal_zone0: { type: 'acpitz\n', temp: '27800\n' } } }), []);
});
