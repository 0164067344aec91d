import { join } from 'node:path';
import t from 'tap';
import { accessRulesOf } from '../../../src/api/access/access-rules.js';

const web = { listenAddress: { host: '127.0.0.1', port: 8000 }, auth: undefined, allowedHosts: ['typhon.lan'] };

t.test('without auth nobody is asked; the names are the own one and the configured', async (t) => {
  t.same(await accessRulesOf(web, 'Studio'), {
    token: undefined,
    protect: 'changes',
    loopbackOnly: true,
    hostNames: ['studio', 'typhon.lan'],
  });
});

t.test('knows the loopback by its names and addresses alone', async (t) => {
  const isLoopback = async (host: string | undefined) =>
    (await accessRulesOf({ ...web, listenAddress: { host, port: 8000 } }, 'studio')).loopbackOnly;
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) t.equal(await isLoopback(host), true, host);
  for (const host of [undefined, '0.0.0.0', '::', '192.168.1.5', '127.example.com']) {
    t.equal(await isLoopback(host), false, String(host));
  }
});

t.test('a token stands in the configuration or alone in a file', async (t) => {
  const folder = t.testdir({ good: '  open-sesame\n', empty: '\n', two: 'open sesame\n' });
  const tokenOf = async (bearerToken: { source: 'inline'; token: string } | { source: 'file'; path: string }) =>
    (await accessRulesOf({ ...web, auth: { bearerToken, protect: 'all' } }, 'studio')).token;
  const file = (name: string) => tokenOf({ source: 'file', path: join(folder, name) });
  t.equal(await tokenOf({ source: 'inline', token: 'open-sesame' }), 'open-sesame');
  t.equal(await file('good'), 'open-sesame');
  for (const name of ['empty', 'two', 'missing']) {
    await t.rejects(file(name), { name: 'TokenFileError', message: new RegExp(`bearer_token_file: .*${name}`) });
  }
});
