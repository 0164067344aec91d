import { join } from 'node:path';
import t from 'tap';
import { runCommandLine } from '../../src/commands/program.js';
import { commandFixture } from '../fixtures/command-context.js';

t.test('says of a good file that it is one', async (t) => {
  const directory = t.testdir({ 'good.yml': 'log: { level: ${LEVEL} }\n' });
  const { context, stdout, stderr } = commandFixture({ directory, environment: { LEVEL: 'warn' } });
  t.equal(await runCommandLine(['config', 'check', 'good.yml'], context), 0);
  t.equal(stdout(), 'good.yml: OK\n');
  t.equal(stderr(), '');
});

t.test('lists every problem of a bad one with path and line, and ends with 2', async (t) => {
  const directory = t.testdir({ 'bad.yml': 'gpu: { source: cuda }\njobs:\n  on_busy: wait\n' });
  const { context, stdout, stderr } = commandFixture({ directory });
  t.equal(await runCommandLine(['config', 'check', join(directory, 'bad.yml')], context), 2);
  t.equal(stdout(), '');
  t.equal(
    stderr(),
    'gpu.source (line 1): expected one of auto, nvidia, amd, intel, apple, none, got "cuda"\n' +
      'jobs.on_busy (line 3): expected one of reject, queue, got "wait"\n',
  );
});

t.test('ends with 2 where there is no such file', async (t) => {
  const { context, stderr } = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['config', 'check', 'absent.yml'], context), 2);
  t.match(stderr(), /^expected a readable file at .*absent\.yml, got no such file\n$/);
});

t.test('leaves flags and their variables out of it', async (t) => {
  const directory = t.testdir({ 'good.yml': 'log: { level: info }\n' });
  const { context } = commandFixture({ directory, environment: { TYPHON_LOG_LEVEL: 'loud' } });
  t.equal(await runCommandLine(['config', 'check', 'good.yml'], context), 0);
});

t.test('checks the web configuration file that it names as well', async (t) => {
  const directory = t.testdir({
    'typhon.yml': 'web: { config_file: web.yml }\n',
    'web.yml': 'http_server_config:\n  headers: { X-Frame-Options: deny }\n',
    'bad.yml': 'basic_auth_users:\n  ada: secret\n',
  });
  const good = commandFixture({ directory });
  t.equal(await runCommandLine(['config', 'check', 'typhon.yml'], good.context), 0);
  t.equal(good.stdout(), 'typhon.yml: OK\nweb.yml: OK\n');

  const bad = commandFixture({ directory });
  const flag = ['--web.config.file', 'bad.yml'];
  t.equal(await runCommandLine(['config', 'check', 'typhon.yml', ...flag], bad.context), 2, 'a flag goes first');
  t.equal(bad.stdout(), '');
  t.match(bad.stderr(), /bad\.yml: basic_auth_users\.ada \(line 2\): expected a bcrypt hash/);
});

t.test('ends with 2 where the web configuration names a certificate that is not there', async (t) => {
  const directory = t.testdir({
    'typhon.yml': 'web: { config_file: conf/web.yml }\n',
    conf: { 'web.yml': 'tls_server_config:\n  cert_file: server.pem\n  key_file: key.pem\n' },
  });
  const { context, stderr } = commandFixture({ directory });
  t.equal(await runCommandLine(['config', 'check', 'typhon.yml'], context), 2);
  t.match(stderr(), /web\.yml: tls_server_config\.cert_file \(line 2\): expected .*, got /);
});
