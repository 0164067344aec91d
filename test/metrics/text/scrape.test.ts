import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { Scrape } from '../../../src/metrics/text/scrape.js';
import { TextBlock } from '../../../src/metrics/text/text-block.js';

t.test('says the same as text and compressed, which is done once', async (t) => {
  const scrape = new Scrape('text/plain', [new TextBlock('a 1\n'), new TextBlock('b 2\n')]);
  t.equal(scrape.body, 'a 1\nb 2\n');
  const compressed = await scrape.gzipped();
  t.equal(gunzipSync(compressed).toString(), scrape.body);
  t.equal(await scrape.gzipped(), compressed);
});
