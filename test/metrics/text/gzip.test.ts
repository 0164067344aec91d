import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { gzipped } from '../../../src/metrics/text/gzip.js';
import { TextBlock } from '../../../src/metrics/text/text-block.js';

const texts = ['', 'a 1\n', `b{name="ü"} 2\n`.repeat(5000), '# EOF\n'];

t.test('blocks are one file that zlib and gzip read, checksum and length included', async (t) => {
  const file = await gzipped(texts.map((text) => new TextBlock(text)));
  t.equal(gunzipSync(file).toString(), texts.join(''));
  const { status, stdout, stderr } = spawnSync('gzip', ['--decompress', '--stdout'], { input: file });
  t.equal(status, 0, stderr.toString());
  t.equal(stdout.toString(), texts.join(''));
});

t.test('the same blocks make another file in another order', async (t) => {
  const blocks = texts.map((text) => new TextBlock(text));
  await gzipped(blocks);
  t.equal(gunzipSync(await gzipped(blocks.toReversed())).toString(), texts.toReversed().join(''));
});

t.test('no more than one block is compressed at a time', async (t) => {
  let [running, most] = [0, 0];
  class Counted extends TextBlock {
    override async deflated(): Promise<Buffer> {
      running += 1;
      most = Math.max(most, running);
      const piece = await super.deflated();
      running -= 1;
      return piece;
    }
  }
  t.equal(gunzipSync(await gzipped(texts.map((text) => new Counted(text)))).toString(), texts.join(''));
  t.equal(most, 1);
});

t.test('nothing is a file too', async (t) => {
  t.equal(gunzipSync(await gzipped([])).toString(), '');
});
