import t from 'tap';
import { linkGeneration } from '../../../src/hardware/drm/pcie-link.js';

t.test('the generation follows from the speed', async (t) => {
  t.equal(linkGeneration('2.5 GT/s PCIe'), 1);
  t.equal(linkGeneration('5 GT/s'), 2);
  t.equal(linkGeneration('16.0 GT/s PCIe'), 4);
  t.equal(linkGeneration('32.0 GT/s PCIe'), 5);
});

t.test('a speed that is not told, or is none, has no generation', async (t) => {
  for (const speed of [undefined, '', 'Unknown', 'Unknown speed', '7.0 GT/s PCIe', '16']) {
    t.equal(linkGeneration(speed), undefined, String(speed));
  }
});
