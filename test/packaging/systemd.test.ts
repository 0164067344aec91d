import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { settings } from '../../src/config/settings/setting.js';

const UNIT = 'packaging/systemd/typhon.service';
const USERS = 'packaging/systemd/typhon.sysusers.conf';
/** systemd's own measure, from 0 (closed) to 10; what stays open has its reasons in the unit. */
const MOST_EXPOSURE = 2;

const text = readFileSync(UNIT, 'utf8');
const unit = new Map<string, string[]>();
for (const [, section, name, value = ''] of sectioned(text)) {
  const key = `${section}.${name}`;
  unit.set(key, [...(unit.get(key) ?? []), value]);
}

function* sectioned(lines: string): Generator<readonly [line: string, section: string, name: string, value: string]> {
  let section = '';
  for (const line of lines.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, header] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, name, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    else if (name !== undefined) yield [line, section, name, value];
    else throw new Error(`expected a section or a setting, got ${line}`);
  }
}

function service(name: string): string | undefined {
  return unit.get(`Service.${name}`)?.at(-1);
}

const isInstalled = spawnSync('systemd-analyze', ['--version']).error === undefined;
// Where everything is to be checked, a tool that is missing must not pass for a check.
const skip = !isInstalled && process.env['CI'] !== 'true' ? 'systemd-analyze is not installed' : false;

t.test('the unit starts the agent with variables that typhon knows', async (t) => {
  t.match(service('ExecStart'), /^\/usr\/local\/bin\/typhon agent$/);
  const known: readonly string[] = Object.values(settings).map(({ environment }) => environment);
  const given = (service('Environment') ?? '').split(' ').map((pair) => pair.split('=')[0] ?? '');
  t.ok(given.length > 0 && given.every((name) => known.includes(name)), given.join());
  t.match(service('Environment'), `TYPHON_STORAGE_PATH=/var/lib/${service('StateDirectory')} `);
});

t.test('it runs as a user of its own, whom sysusers makes', async (t) => {
  const [kind, name] = readFileSync(USERS, 'utf8').split(/\s+/);
  t.equal(kind, 'u');
  t.equal(service('User'), name);
  t.equal(service('Group'), name);
});

t.test('it may write its storage and its lock, and gains no rights', async (t) => {
  t.equal(service('ProtectSystem'), 'strict');
  t.equal(service('ReadWritePaths'), undefined);
  t.equal(service('PrivateTmp'), 'yes');
  t.equal(service('RuntimeDirectory'), 'typhon');
  t.equal(service('RuntimeDirectoryMode'), '0755', 'others see whom they wait for');
  t.equal(service('NoNewPrivileges'), 'yes');
  t.equal(service('CapabilityBoundingSet'), '');
});

t.test('what would take away figures stays open', async (t) => {
  for (const name of ['PrivateDevices', 'DevicePolicy', 'ProtectProc', 'ProcSubset', 'DynamicUser']) {
    t.equal(service(name), undefined, name);
  }
  // V8 writes machine code.
  t.equal(service('MemoryDenyWriteExecute'), undefined);
});

t.test('systemd has no complaint about the unit', { skip }, async (t) => {
  // It looks for the program, which is installed here for the purpose.
  const root = t.testdir({});
  const program = join(root, 'typhon');
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  const copy = join(root, 'typhon.service');
  writeFileSync(copy, text.replace('/usr/local/bin/typhon', program));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8' });
  const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('typhon'));
  t.strictSame(complaints, []);
  t.equal(status, 0, stderr);
});

t.test('systemd calls the unit well closed', { skip }, async (t) => {
  const args = ['security', '--offline=true', '--no-pager', `--threshold=${MOST_EXPOSURE * 10}`, UNIT];
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  t.match(stdout, /Overall exposure level/);
  t.equal(status, 0, `${stdout.split('\n').at(-2)}${stderr}`);
});
