import t from 'tap';
import { serverKinds } from '../../src/benchmark/inference-server.js';
import { connectServer, defaultPorts, serverFamilies } from '../../src/servers/registry.js';

t.test('every kind stands under its own name, and openai comes last', async (t) => {
  for (const [name, family] of Object.entries(serverFamilies)) t.equal(family.kind, name);
  t.same(Object.keys(serverFamilies).toSorted(), [...serverKinds].toSorted());
  t.equal(Object.keys(serverFamilies).at(-1), 'openai');
});

t.test('knows every default port once, ascending', async (t) => {
  t.same(defaultPorts, [1234, 1337, 4000, 5000, 5001, 8000, 8080, 8099, 9931, 11434, 12434, 13305, 30000, 52415]);
});

t.test('rebuilds a server from plain data without asking it', async (t) => {
  for (const kind of serverKinds) {
    const identity = { kind, name: `a ${kind}`, version: '1', apiBase: 'http://127.0.0.1:1', apiKey: 'k' };
    const copy = JSON.parse(JSON.stringify(identity));
    t.match(connectServer(copy), {
      kind,
      name: `a ${kind}`,
      version: '1',
      apiBase: 'http://127.0.0.1:1',
      headers: { authorization: 'Bearer k' },
      chat: { path: /^[/]/ },
    });
  }
});
