import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { serverCommand } from '../../../src/hardware/system/server-command.js';

const TCP =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n' +
  '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 70 1 0000 100\n';

function linux(cmdline: string) {
  const fd = { 3: t.fixture('symlink', 'socket:[70]') };
  const root = t.testdir({
    proc: { net: { tcp: TCP }, 100: { comm: 'python3\n', stat: '100 (python3) S 1 0\n', cmdline, fd } },
  });
  return { platform: 'linux', root, env: {} } as const;
}

t.test('on Linux the arguments are as they were given', async (t) => {
  const machine = linux('/usr/bin/python3\0-m\0mlx_lm.server\0--model\0/home/ann/my models/Qwen3\0');
  t.same(await serverCommand(machine, 8080), [
    '/usr/bin/python3',
    '-m',
    'mlx_lm.server',
    '--model',
    '/home/ann/my models/Qwen3',
  ]);
  t.equal(await serverCommand(machine, 8081), undefined);
  t.equal(await serverCommand(linux(''), 8080), undefined, 'of another user');
});

async function mac(t: Tap, tools: Readonly<Record<string, string>>) {
  const folder = join(t.testdir({}), 'bin');
  await mkdir(folder, { recursive: true });
  for (const [name, script] of Object.entries(tools)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return { platform: 'darwin', root: '/', env: { PATH: folder } } as const;
}
type Tap = typeof t;

t.test('on macOS lsof names the listener and ps its command', async (t) => {
  const machine = await mac(t as Tap, {
    lsof: '[ "$2" = "-iTCP:8080" ] && printf "4711\\n4712\\n"',
    ps: '[ "$5" = "4711" ] && echo "/opt/homebrew/bin/python3 -m mlx_lm.server --model mlx-community/Qwen3-8B-4bit"',
  });
  t.same(await serverCommand(machine, 8080), [
    '/opt/homebrew/bin/python3',
    '-m',
    'mlx_lm.server',
    '--model',
    'mlx-community/Qwen3-8B-4bit',
  ]);
  t.equal(await serverCommand(machine, 8081), undefined);
});

t.test('on macOS nobody is named where a tool fails', async (t) => {
  t.equal(await serverCommand(await mac(t as Tap, { lsof: 'exit 1', ps: 'echo x' }), 8080), undefined);
  t.equal(await serverCommand(await mac(t as Tap, { lsof: 'echo 4711', ps: 'exit 1' }), 8080), undefined);
});
