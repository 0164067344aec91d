import { spawn } from 'node:child_process';
import t from 'tap';
import { LlamaServer } from '../fixtures/llama-server.js';

const DEAF = `process.on('SIGTERM', () => console.log('asked')); setInterval(() => {}, 1000);
console.log('listening on http://127.0.0.1:4711');`;

t.test('one that does not stop when it is asked to is killed', async (t) => {
  const child = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => void child.kill('SIGKILL'));
  const server = new LlamaServer(child, { stopGraceMs: 1 });
  await server.ready();
  t.equal(server.port, 4711);
  await server.stop();
  t.equal(child.signalCode, 'SIGKILL');
});
