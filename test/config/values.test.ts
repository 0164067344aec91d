import t from 'tap';
import { formatDuration, parseDuration } from '../../src/config/duration.js';
import { deepFreeze } from '../../src/config/freeze.js';
import { parseListenAddress } from '../../src/config/listen-address.js';
import { formatPath } from '../../src/config/path.js';

t.test('freezes what hangs below as well, and returns the same object', async (t) => {
  const inner = { list: [{ a: 1 }], nothing: null };
  const frozen = deepFreeze(inner);
  t.equal(frozen, inner);
  t.ok(Object.isFrozen(inner) && Object.isFrozen(inner.list) && Object.isFrozen(inner.list[0]));
  t.throws(() => inner.list.push({ a: 2 }), TypeError);
});

t.test('writes a path as people do', async (t) => {
  t.equal(formatPath(['targets', 0, 'labels', 'rack']), 'targets[0].labels.rack');
  t.equal(formatPath([]), '');
});

t.test('reads every unit as milliseconds', async (t) => {
  t.same(
    ['500ms', '2s', '10m', '6h', '90d', '0s'].map(parseDuration),
    [500, 2000, 600_000, 21_600_000, 7_776_000_000, 0],
  );
});

t.test('reads nothing else', async (t) => {
  for (const text of ['', '10', 's', '1.5s', '-1s', '1 s', '1h30m', '1S', ' 1s', '1s\n', '10000000000s']) {
    t.equal(parseDuration(text), undefined, JSON.stringify(text));
  }
});

t.test('writes the largest unit that loses nothing', async (t) => {
  t.same([0, 1, 1500, 2000, 90_000, 120_000, 3_600_000, 259_200_000].map(formatDuration), [
    '0s',
    '1ms',
    '1500ms',
    '2s',
    '90s',
    '2m',
    '1h',
    '3d',
  ]);
});

t.test('reads back what it writes', async (t) => {
  for (const ms of [0, 1, 999, 1000, 61_000, 86_400_000]) t.equal(parseDuration(formatDuration(ms)), ms);
});

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
