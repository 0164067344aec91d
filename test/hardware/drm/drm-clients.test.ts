import t from 'tap';
import { drmProcesses } from '../../../src/hardware/drm/drm-clients.js';
import type { Tree } from '../../fixtures/sysfs/trees.js';

const ADDRESS = '0000:03:00.0';
const node = () => t.fixture('symlink', '/dev/dri/renderD128');
const kthreadd: Tree = { comm: 'kthreadd\n' };

function info(lines: Readonly<Record<string, string>>): string {
  return Object.entries({ 'drm-driver': 'amdgpu', 'drm-pdev': ADDRESS, 'drm-client-id': '1', ...lines })
    .map(([key, value]) => `${key}:\t${value}\n`)
    .join('');
}

t.test("a process's memory on the card is the sum over its clients, each counted once", async (t) => {
  const proc: Tree = {
    2: kthreadd,
    100: {
      comm: 'llama-server\n',
      fd: { 3: node(), 4: node(), 5: node(), 6: t.fixture('symlink', '/tmp/file') },
      fdinfo: {
        3: info({ 'drm-client-id': '1', 'drm-resident-vram': '1024 KiB' }),
        4: info({ 'drm-client-id': '1', 'drm-resident-vram': '1024 KiB' }),
        5: info({ 'drm-client-id': '2', 'drm-resident-vram': '2 MiB' }),
        6: info({ 'drm-client-id': '3', 'drm-resident-vram': '9 MiB' }),
      },
    },
  };
  t.same(await drmProcesses(t.testdir({ proc }), [ADDRESS]), [
    { pid: 100, name: 'llama-server', memoryBytes: 3 * 2 ** 20 },
  ]);
});

t.test('amdgpu tells the same memory under two keys; Intel numbers its regions', async (t) => {
  const proc: Tree = {
    2: kthreadd,
    7: {
      comm: 'a\n',
      fd: { 3: node() },
      fdinfo: { 3: info({ 'drm-memory-vram': '4096 KiB', 'drm-resident-vram': '3 MiB', 'drm-memory-gtt': '8 MiB' }) },
    },
    8: {
      comm: 'b\n',
      fd: { 3: node() },
      fdinfo: { 3: info({ 'drm-resident-local0': '512', 'drm-resident-vram0': '512', 'drm-total-vram0': '9 MiB' }) },
    },
  };
  t.same(await drmProcesses(t.testdir({ proc }), [ADDRESS]), [
    { pid: 7, name: 'a', memoryBytes: 4 * 2 ** 20 },
    { pid: 8, name: 'b', memoryBytes: 1024 },
  ]);
});

t.test('clients of other cards and descriptors that cannot be looked into do not count', async (t) => {
  const proc: Tree = {
    2: kthreadd,
    7: { comm: 'a\n', fd: { 3: node() }, fdinfo: { 3: info({ 'drm-pdev': '0000:0a:00.0' }) } },
    8: { comm: 'b\n', fd: { 3: node() } },
    9: { comm: 'c\n', fd: { 3: 'a file that is no link\n' } },
    10: { comm: 'd\n' },
  };
  t.same(await drmProcesses(t.testdir({ proc }), [ADDRESS]), []);
});

t.test('inside a container, whose own processes are all to be seen, nothing is claimed', async (t) => {
  const proc: Tree = { 1: { comm: 'node\n' }, 2: { comm: 'sh\n' } };
  t.equal(await drmProcesses(t.testdir({ proc }), [ADDRESS]), undefined);
});
