import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { tlsTrustOf } from '../../../src/servers/tls/ca-file.js';
import { certificateFile, certificatePem } from '../../fixtures/tls/certificate.js';

t.test('what names no file is taken as it is', async (t) => {
  t.equal(await tlsTrustOf(undefined), undefined);
  t.same(await tlsTrustOf({ check: 'none' }), { check: 'none' });
});

t.test('the certificates of a file, read anew each time, without what stands around them', async (t) => {
  const file = join(t.testdir(), 'ca.pem');
  const [one, two] = [certificatePem('authority').trim(), certificatePem('self-signed').trim()];
  writeFileSync(file, one);
  t.same(await tlsTrustOf({ check: 'authority', caFile: file }), { check: 'authority', pem: one });
  writeFileSync(file, `subject=/CN=box\n${one}\n\nissuer=/CN=other\n${two}\n`);
  t.same(await tlsTrustOf({ check: 'authority', caFile: file }), { check: 'authority', pem: `${one}\n${two}` });
});

t.test('a file that holds no certificate is refused with its name and what was expected', async (t) => {
  const folder = t.testdir({
    key: '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n',
    broken: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    half: `${certificatePem('authority')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  });
  const refused = (name: string, met: RegExp) =>
    t.rejects(tlsTrustOf({ check: 'authority', caFile: join(folder, name) }), { code: 'bad_ca_file', message: met });
  await refused('key', /key holds no certificate in PEM form\. Expected the certificates of/);
  await refused('broken', /broken holds something that is no certificate/);
  await refused('half', /half holds something that is no certificate/);
  await refused('missing', /missing cannot be read \(ENOENT/);
  await refused('.', /cannot be read \(EISDIR/);
  t.ok((await tlsTrustOf({ check: 'authority', caFile: certificateFile('authority') }))?.check === 'authority');
});
