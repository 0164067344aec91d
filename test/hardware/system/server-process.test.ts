import t from 'tap';
import { findServer, serverProcesses } from '../../../src/hardware/system/server-process.js';
import type { Tree } from '../../fixtures/sysfs/trees.js';

const socket = (inode: number) => t.fixture('symlink', `socket:[${inode}]`);
const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

/** A line of `/proc/net/tcp`: port 8080 is 1F90 in hexadecimal. */
function row(local: string, state: string, inode: number, user = 1000): string {
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${String(user).padStart(5)}        0 ${inode} 1 0000 100\n`;
}

/** A process of another user: what it has open is out of sight. */
function hidden(pid: number, user: number): Tree {
  return { stat: `${pid} (x) S 1 0\n`, status: `Name:\tx\nUid:\t${user}\t0\t0\t0\nGid:\t1\n` };
}

const listening =
  HEAD + row('0100007F:1F91', '0A', 50) + row('0100007F:1F90', '01', 60) + row('0100007F:1F90', '0A', 70);

function machine(processes: Tree, tcp = listening, tcp6 = HEAD): Tree {
  return { proc: { ...processes, net: { tcp, tcp6 } } };
}

t.test('the listener of the port and what it started are the server', async (t) => {
  const root = t.testdir(
    machine({
      100: { comm: 'ollama\n', stat: '100 (ollama) S 1 0\n', fd: { 3: socket(70) } },
      101: { comm: 'ollama\n', stat: '101 (ollama) S 100 0\n', fd: { 3: socket(60) } },
      200: { comm: 'python3\n', stat: '200 (python3) S 1 0\n', fd: { 3: socket(50), 4: 'no link\n' } },
    }),
  );
  t.same(await serverProcesses(root, 8080), [100, 101]);
  t.same(await serverProcesses(root, 8081), [200]);
});

t.test('a server that listens on IPv6 alone is found', async (t) => {
  const tcp6 = HEAD + row('00000000000000000000000000000000:1F90', '0A', 90);
  const root = t.testdir(machine({ 100: { stat: '100 (x) S 1 0\n', fd: { 3: socket(90) } } }, HEAD, tcp6));
  t.same(await serverProcesses(root, 8080), [100]);
});

t.test('nobody is named where nobody listens or the listener is out of sight', async (t) => {
  t.equal(await serverProcesses(t.testdir(machine({})), 9), undefined);
  t.equal(await serverProcesses(t.testdir(machine({ 100: { fd: { 3: socket(1) } } })), 8080), undefined);
  t.equal(await serverProcesses(t.testdir({}), 8080), undefined);
});

t.test('a forwarder into a container is not the server', async (t) => {
  const root = t.testdir(machine({ 100: { comm: 'docker-proxy\n', stat: '100 (x) S 1 0\n', fd: { 3: socket(70) } } }));
  t.equal(await serverProcesses(root, 8080), undefined);
});

t.test("another user's listener: all that run as a service's own user", async (t) => {
  const whose = (user: number) => HEAD + row('0100007F:1F90', '0A', 70, user);
  const processes = { 100: hidden(100, 998), 101: hidden(101, 998), 200: hidden(200, 1000), 300: hidden(300, 0) };
  t.same(await serverProcesses(t.testdir(machine(processes, whose(998))), 8080), [100, 101]);
  const dynamic = { 100: hidden(100, 63_000), 200: hidden(200, 998) };
  t.same(await serverProcesses(t.testdir(machine(dynamic, whose(63_000))), 8080), [100]);
  for (const [user, name] of [
    [1000, 'a person'],
    [0, 'root'],
    [997, 'nobody who runs anything'],
  ] as const) {
    t.equal(await serverProcesses(t.testdir(machine(processes, whose(user))), 8080), undefined, name);
  }
  const two = whose(998) + row('0100007F:1F90', '0A', 71, 997);
  t.equal(await serverProcesses(t.testdir(machine(processes, two)), 8080), undefined, 'two users on one port');
});

t.test('who asks again spares the search, and believes a process only where it still listens', async (t) => {
  const processes = (listener: number) => ({
    [listener]: { stat: `${listener} (x) S 1 0\n`, fd: { 3: socket(70) } },
    150: { stat: `150 (x) S ${listener} 0\n`, fd: {} },
    200: { stat: '200 (x) S 1 0\n', fd: { 3: socket(50) } },
  });
  const first = await findServer(t.testdir(machine(processes(100))), 8080);
  t.match(first, { pids: [100, 150], listeners: { pids: [100] } });
  // Without the machine's connections nothing could be found.
  const again = await findServer(t.testdir({ proc: processes(100) }), 8080, first?.listeners);
  t.same(again, first);
  const restarted = await findServer(t.testdir(machine(processes(101))), 8080, first?.listeners);
  t.match(restarted, { pids: [101, 150], listeners: { pids: [101] } });
  t.equal(await findServer(t.testdir({ proc: {} }), 8080, first?.listeners), undefined);
});
