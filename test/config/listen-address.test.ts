import t from 'tap';
import { parseListenAddress } from '../../src/config/listen-address.js';

t.test('reads host and port', async (t) => {
  t.same(parseListenAddress('127.0.0.1:8000'), { host: '127.0.0.1', port: 8000 });
  t.same(parseListenAddress('my-host.local:0'), { host: 'my-host.local', port: 0 });
  t.same(parseListenAddress('[::1]:65535'), { host: '::1', port: 65_535 });
});

t.test('takes a port alone as every interface', async (t) => {
  t.same(parseListenAddress(':8000'), { host: undefined, port: 8000 });
});

t.test('reads nothing else', async (t) => {
  for (const text of [
    '',
    '8000',
    '127.0.0.1',
    '127.0.0.1:',
    '::1:8000',
    '[]:8000',
    'host:65536',
    'http://a:1',
    'a b:1',
  ]) {
    t.equal(parseListenAddress(text), undefined, JSON.stringify(text));
  }
});
