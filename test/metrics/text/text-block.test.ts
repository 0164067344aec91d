import { crc32, inflateRawSync } from 'node:zlib';
import t from 'tap';
import { TextBlock } from '../../../src/metrics/text/text-block.js';

const text = 'typhon_gpu_info{name="ü"} 1\n'.repeat(100);

t.test('a block is compressed once', async (t) => {
  const block = new TextBlock(text);
  const deflated = await block.deflated();
  t.equal(await block.deflated(), deflated);
  t.ok(deflated.length < block.byteLength / 10);
  t.equal(block.byteLength, Buffer.byteLength(text));
  t.equal(inflateRawSync(Buffer.concat([deflated, Buffer.from([3, 0])])).toString(), text);
});

t.test('its checksum goes on from whatever was before it', async (t) => {
  const block = new TextBlock(text);
  for (const before of ['', 'a', 'a', 'b']) {
    const expected = crc32(Buffer.from(before + text));
    t.equal(block.checksumAfter(crc32(Buffer.from(before))), expected, before);
  }
});
