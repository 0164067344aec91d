import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { MachineIdError, readMachineId } from '../../../src/hardware/inventory/machine-id.js';

const systemId = '3d1219c7c4c5404aaa1f6d2a48adfda4';
const random = () => Buffer.from('00112233445566778899aabbccddeeff', 'hex');

t.test("the system's id gives the same id every time, and does not show in it", async (t) => {
  const file = join(t.testdir(), 'machine_id');
  const source = { systemId, inContainer: false, file, random };
  const id = await readMachineId(source);
  t.match(id, /^[0-9a-f]{32}$/);
  t.equal(await readMachineId(source), id);
  t.equal(id, 'b9ada24e25eeb24072d2ec0dc3e69751', 'a change of the key would give every machine a new history');
  t.not(id, systemId);
  for (let start = 0; start + 8 <= systemId.length; start += 1) {
    t.notOk(id.includes(systemId.slice(start, start + 8)));
  }
  await t.rejects(readFile(file), { code: 'ENOENT' }, 'nothing is kept where there is a source');
});

t.test('two machines have two ids; the same id in capitals and with hyphens is one machine', async (t) => {
  const idOf = (id: string) => readMachineId({ systemId: id, inContainer: false, file: '/nowhere/machine_id' });
  t.not(await idOf(systemId), await idOf(systemId.replace('3', '4')));
  const guid = '6B29FC40-CA47-1067-B31D-00DD010662DA';
  t.equal(await idOf(guid), await idOf(guid.toLowerCase()));
  t.equal(await idOf(` ${guid}\n`), await idOf(guid));
});

t.test('a machine without an id of its own gets a random one that is kept', async (t) => {
  for (const none of [undefined, '', 'uninitialized', '0'.repeat(32), '00000000-0000-0000-0000-000000000000', 'vm']) {
    const file = join(t.testdir(), 'machine_id');
    const source = { systemId: none, inContainer: false, file };
    const id = await readMachineId({ ...source, random });
    t.equal(id, random().toString('hex'));
    t.equal(await readMachineId(source), id, `kept for ${none}`);
  }
});

t.test("in a container the image's id counts for nothing", async (t) => {
  const file = join(t.testdir(), 'machine_id');
  t.equal(await readMachineId({ systemId, inContainer: true, file, random }), random().toString('hex'));
  const other = join(t.testdir({ other: {} }), 'other', 'machine_id');
  t.not(await readMachineId({ systemId, inContainer: true, file: other }), random().toString('hex'));
});

t.test('a kept file that a crash left empty or torn is written again', async (t) => {
  for (const content of ['', '0011', 'x'.repeat(32)]) {
    const file = join(t.testdir({ machine_id: content }), 'machine_id');
    const id = await readMachineId({ systemId: undefined, inContainer: false, file, random });
    t.equal(id, random().toString('hex'));
    t.equal(await readFile(file, 'utf8'), `${id}\n`);
  }
});

t.test('an id that cannot be kept is an error that names the file, not another id at every start', async (t) => {
  const file = join(t.testdir({ data: 'a file, not a folder' }), 'data', 'machine_id');
  const reading = readMachineId({ systemId: undefined, inContainer: false, file, random });
  await t.rejects(reading, { code: 'machine_id_not_kept', cause: { code: 'ENOTDIR' } });
  await t.rejects(reading, MachineIdError);
  await t.rejects(reading, new RegExp(file));
});
