import { readFileSync } from 'node:fs';
import t from 'tap';
import { NEEDED_NODE, suitsNode } from '../../src/commands/node-version.js';

t.test('a Node.js without zlib.crc32 does not do', async (t) => {
  for (const version of ['18.20.8', '20.9.0', '20.14.0', '21.7.3', '22.1.0']) t.notOk(suitsNode(version), version);
  for (const version of ['20.15.0', '20.20.2', '22.2.0', '22.21.1', '23.0.0', '24.11.1', '100.0.0']) {
    t.ok(suitsNode(version), version);
  }
  t.ok(suitsNode(process.versions.node), 'the one that runs this');
});

t.test('the package says the same', async (t) => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.equal(engines.node, '>=20.15 <21 || >=22.2');
  for (const each of ['20.15', '22.2']) t.match(NEEDED_NODE, each);
});
