import { join } from 'node:path';
import t from 'tap';
import { hwmonFolder, listDrmCards, slotDevice } from '../../../src/hardware/drm/drm-cards.js';
import { apuTree, arcTree, cardTree, merged, radeonTree } from '../../fixtures/sysfs/trees.js';

t.test('cards are listed in the order of their numbers, counted within the drivers asked for', async (t) => {
  const card = (number: number, driver: string) =>
    cardTree({ number, path: [`0000:00:0${number % 10}.0`], driver }, { vendor: '0x1002\n' });
  const root = t.testdir(
    merged(card(10, 'amdgpu'), card(2, 'amdgpu'), card(1, 'i915'), {
      sys: { class: { drm: { 'card2-HDMI-A-1': {}, renderD128: {}, version: 'drm 1.1.0\n' } } },
    }),
  );
  const cards = await listDrmCards(root, ['amdgpu']);
  t.match(cards, [
    { index: 0, pciAddress: '0000:00:02.0', driver: 'amdgpu', path: join(root, 'sys/class/drm/card2') },
    { index: 1, pciAddress: '0000:00:00.0', driver: 'amdgpu', path: join(root, 'sys/class/drm/card10') },
  ]);
  t.equal(cards.length, 2);
});

t.test('a card without a device or a driver is left out, and so is a machine without cards', async (t) => {
  const root = t.testdir({ sys: { class: { drm: { card0: {}, card1: { device: {} } } } } });
  t.same(await listDrmCards(root, ['amdgpu']), []);
  t.same(await listDrmCards(t.testdir({}), ['amdgpu']), []);
});

t.test('the first hwmon folder of a card is found', async (t) => {
  const root = t.testdir({ device: { hwmon: { hwmon7: {}, power: {} } }, bare: {} });
  t.equal(await hwmonFolder(join(root, 'device')), join(root, 'device/hwmon/hwmon7'));
  t.equal(await hwmonFolder(join(root, 'bare')), undefined);
});

t.test("the slot's device is the outermost one that bears the card's vendor", async (t) => {
  const root = t.testdir(merged(radeonTree(), apuTree(0)));
  const [apu, radeon] = await listDrmCards(root, ['amdgpu']);
  t.equal(
    await slotDevice(radeon?.devicePath ?? '', '0x1002'),
    join(root, 'sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0'),
  );
  t.equal(await slotDevice(apu?.devicePath ?? '', '0x1002'), apu?.devicePath);
});

t.test('cards of several drivers count together', async (t) => {
  const cards = await listDrmCards(t.testdir(merged(arcTree(), radeonTree())), ['i915', 'amdgpu']);
  t.same(
    cards.map(({ index, driver }) => [index, driver]),
    [
      [0, 'i915'],
      [1, 'amdgpu'],
    ],
  );
});
