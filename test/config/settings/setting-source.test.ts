import t from 'tap';
import { loadConfig } from '../../../src/config/load.js';

t.test('says of each value where it comes from, the one that won', async (t) => {
  const directory = t.testdir({
    'typhon.yaml':
      'log:\n  level: warn\nweb:\n  listen_address: 127.0.0.1:1\ntargets:\n  - name: box\n    url: http://box\n',
  });
  const { sourceOf, config } = await loadConfig({
    overrides: { configFile: 'typhon.yaml', listenAddress: '127.0.0.1:2' },
    environment: { TYPHON_STORAGE_PATH: 'elsewhere', TYPHON_LOG_LEVEL: '' },
    directory,
  });
  t.equal(config.storage.path, 'elsewhere');
  const file = `${directory}/typhon.yaml`;
  t.same(sourceOf(['web', 'listen_address']), { kind: 'flag', origin: '--web.listen-address' });
  t.same(sourceOf(['storage', 'path']), { kind: 'environment', origin: 'TYPHON_STORAGE_PATH' });
  t.same(sourceOf(['log', 'level']), { kind: 'file', origin: `${file}:2` });
  t.same(sourceOf(['targets', 0, 'url']), { kind: 'file', origin: `${file}:7` });
  for (const path of [['targets', 0, 'load'], ['targets', 1, 'name'], ['gpu', 'interval'], ['__proto__']]) {
    t.same(sourceOf(path), { kind: 'default', origin: undefined }, path.join('.'));
  }
});

t.test('without a file everything else is a default', async (t) => {
  const { sourceOf, file } = await loadConfig({ overrides: {}, environment: {}, directory: t.testdir({}) });
  t.equal(file, undefined);
  t.same(sourceOf(['log', 'level']), { kind: 'default', origin: undefined });
});
