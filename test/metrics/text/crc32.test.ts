import t from 'tap';
import { crc32 } from '../../../src/metrics/text/crc32.js';

t.test('the check value that the catalogue of checksums names', async (t) => {
  // https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iso-hdlc
  t.equal(crc32(Buffer.from('123456789')), 0xcb_f4_39_26);
  t.equal(crc32(Buffer.alloc(0)), 0);
});

t.test('pieces one after the other have the checksum of the whole', async (t) => {
  const text = Buffer.from('what was measured, what was measured before, ü');
  for (const at of [0, 1, 20, text.length]) {
    t.equal(crc32(text.subarray(at), crc32(text.subarray(0, at))), crc32(text), `${at}`);
  }
});
