import { PassThrough } from 'node:stream';
import t from 'tap';
import { outputOn } from '../../../src/commands/output/stream-output.js';

t.test('shows what came from elsewhere, obeys what is its own, and says when there is room', async (t) => {
  const stream = Object.assign(new PassThrough({ highWaterMark: 8 }), { isTTY: true, columns: 80 });
  const output = outputOn(stream);
  t.match(output, { isTTY: true, columns: 80 });
  stream.columns = 100;
  t.equal(output.columns, 100);
  output.write('\u001b[2J');
  output.steer?.('\u001b[K');
  const drained = output.drained?.();
  t.equal(stream.read().toString(), '\\u001b[2J\u001b[K');
  await drained;
});
