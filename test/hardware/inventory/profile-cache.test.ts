import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { currentProfile, writtenProfile } from '../../../src/hardware/inventory/profile-cache.js';
import { addNvidiaSmi, printing } from '../../fixtures/machine-tree.js';
import { type InventoryAnswers, inventoryOf, linuxDesktop } from '../../fixtures/system-inventory.js';

const BOOT = '0c9b6a4e-0000-4000-8000-00000000000a';
const card = (driver: string) =>
  printing([
    `0, GPU-11111111-1111-1111-1111-111111111111, 00000000:01:00.0, ${driver}, 24576, NVIDIA GeForce RTX 3090`,
  ]);

interface Bench {
  readonly root: string;
  readonly file: string;
  /** How often the processor was asked for. */
  readonly asked: () => number;
  /** Reads as a run does, and writes down what it read. */
  readonly run: () => ReturnType<typeof currentProfile>;
}

async function bench(t: Test, answers: InventoryAnswers = linuxDesktop): Promise<Bench> {
  const root = t.testdir({
    proc: {
      sys: { kernel: { random: { boot_id: `${BOOT}\n` } } },
      meminfo: 'MemTotal:       65000000 kB\nMemFree: 1 kB\n',
    },
  });
  await addNvidiaSmi(join(root, 'bin'), card('580.95.05'));
  const file = join(root, 'hardware_profile.json');
  let asked = 0;
  const cpu = () => {
    asked += 1;
    return typeof answers.cpu === 'function' ? answers.cpu() : answers.cpu;
  };
  const run = async () => {
    const current = await currentProfile({
      now: () => new Date(Date.UTC(2026, 0, 1) + asked),
      machine: { platform: 'linux', root, env: { PATH: join(root, 'bin') } },
      machineIdFile: join(root, 'machine_id'),
      inventory: inventoryOf({ ...answers, cpu }),
      timeoutMs: 60_000,
      keptFile: file,
    });
    const document = { ...current.profile, inventory_key: current.inventoryKey ?? null, notes: [], servers: [] };
    if (!current.isKept) writeFileSync(file, JSON.stringify(document));
    return current;
  };
  return { root, file, asked: () => asked, run };
}

t.test('what was read once is taken from the file until the machine starts again', async (t) => {
  const { root, run, asked } = await bench(t);
  const first = await run();
  t.match(first, { isKept: false, inventoryKey: /^[0-9a-f]{32}$/ });
  t.notMatch(first.inventoryKey, BOOT.slice(0, 8), 'the key does not tell the boot id');
  t.same(await run(), { ...first, isKept: true }, 'to the time at which it was read');
  t.equal(asked(), 1);

  writeFileSync(join(root, 'proc/sys/kernel/random/boot_id'), '0c9b6a4e-0000-4000-8000-00000000000b\n');
  t.match(await run(), { isKept: false });
  t.equal(asked(), 2);
});

t.test('what was written down is known after a start, whatever has changed since', async (t) => {
  const { root, file, run } = await bench(t);
  t.equal(await writtenProfile(file), undefined);
  const { profile } = await run();
  writeFileSync(join(root, 'proc/sys/kernel/random/boot_id'), 'another\n');
  t.same(await writtenProfile(file), profile);
  writeFileSync(file, '{"machine_id":');
  t.equal(await writtenProfile(file), undefined);
});

t.test('a new driver, another GPU or more memory is seen at the next run', async (t) => {
  const { root, run } = await bench(t);
  await run();
  await addNvidiaSmi(join(root, 'bin'), card('590.10'));
  t.match(await run(), { isKept: false, profile: { gpus: [{ driver_version: '590.10' }] } });
  t.match(await run(), { isKept: true, profile: { gpus: [{ driver_version: '590.10' }] } });
  await addNvidiaSmi(join(root, 'bin'), printing([]));
  t.match(await run(), { isKept: false });
  writeFileSync(join(root, 'proc/meminfo'), 'MemTotal:       32000000 kB\n');
  t.match(await run(), { isKept: false });
});

t.test('memory that is merely in use changes nothing', async (t) => {
  const { root, run } = await bench(t);
  await run();
  writeFileSync(join(root, 'proc/meminfo'), 'MemTotal:       65000000 kB\nMemFree: 77 kB\n');
  t.match(await run(), { isKept: true });
});

t.test('a file that is missing, torn, of another version or without a key is read past', async (t) => {
  const { file, run } = await bench(t);
  await run();
  for (const text of ['', '{"machine_id":', '[]', '{"machine_id":"x"}']) {
    writeFileSync(file, text);
    t.match(await run(), { isKept: false }, JSON.stringify(text));
    t.match(await run(), { isKept: true });
  }
});

t.test('an inventory with a question left open is asked again the next time', async (t) => {
  const cpu = () => Promise.reject(new Error('no answer'));
  const { run, asked } = await bench(t, { ...linuxDesktop, cpu });
  t.match(await run(), { isKept: false, inventoryKey: undefined, profile: { warnings: [/cpu/] } });
  t.match(await run(), { isKept: false });
  t.equal(asked(), 2);
});

t.test('a system that does not tell when it was started is read each time', async (t) => {
  const root = t.testdir({ bin: {} });
  const options = {
    now: () => new Date(0),
    machine: { platform: 'darwin' as const, root, env: { PATH: join(root, 'bin') } },
    machineIdFile: join(root, 'machine_id'),
    inventory: inventoryOf(linuxDesktop),
    keptFile: join(root, 'hardware_profile.json'),
  };
  const { profile, ...first } = await currentProfile(options);
  t.same(first, { inventoryKey: undefined, isKept: false });
  writeFileSync(options.keptFile, JSON.stringify({ ...profile, inventory_key: null }));
  t.match(await currentProfile(options), { isKept: false });
});
