import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findNvidiaSmi } from '../../../src/hardware/nvidia/nvidia-smi.js';

t.test('the tool is looked for on PATH, then where WSL puts it', async (t) => {
  const root = t.testdir({
    bin: { 'nvidia-smi': '' },
    usr: { lib: { wsl: { lib: { 'nvidia-smi': '' } } } },
  });
  const [onPath, ofWsl] = [join(root, 'bin/nvidia-smi'), join(root, 'usr/lib/wsl/lib/nvidia-smi')];
  for (const file of [onPath, ofWsl]) chmodSync(file, 0o755);
  const machine = { platform: 'linux', root, env: { PATH: join(root, 'bin') } } as const;
  t.equal(await findNvidiaSmi(machine), onPath);
  t.equal(await findNvidiaSmi({ ...machine, env: {} }), ofWsl);
  t.equal(await findNvidiaSmi({ ...machine, root: join(root, 'bin'), env: {} }), undefined);
});
