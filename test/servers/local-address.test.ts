import t from 'tap';
import { isLocal, thisMachine } from '../../src/servers/local-address.js';

const machine = { hostname: 'Workstation.local', addresses: ['192.168.1.20', 'fd00::20'] };

t.test('loopback, own addresses and the own name are this machine', async (t) => {
  const own = [
    'http://localhost:8080',
    'http://llm.localhost:8080',
    'http://127.0.0.1:8080',
    'http://127.8.9.10:8080',
    'http://[::1]:8080',
    'http://[::ffff:127.0.0.1]:8080',
    'http://0.0.0.0:8080',
    'http://192.168.1.20:8080',
    'http://[fd00::20]:8080',
    'http://workstation:8080',
    'http://WORKSTATION.lan:8080',
  ];
  for (const url of own) t.ok(isLocal(url, machine), url);
});

t.test('anything else is another machine', async (t) => {
  const others = [
    'http://192.168.1.21:8080',
    'http://[fd00::21]:8080',
    'http://workstation2:8080',
    'http://localhost.example.org:8080',
    'https://api.example.org',
  ];
  for (const url of others) t.notOk(isLocal(url, machine), url);
});

t.test('the machine it runs on has a name and at least the loopback address', async (t) => {
  const { hostname, addresses } = thisMachine();
  t.not(hostname, '');
  t.ok(addresses.includes('127.0.0.1'));
});
