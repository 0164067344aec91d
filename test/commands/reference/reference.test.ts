import { join } from 'node:path';
import t from 'tap';
import { runCommandLine } from '../../../src/commands/program.js';
import { referenceModelFolder } from '../../../src/commands/reference/reference.js';
import { commandFixture } from '../../fixtures/command-context.js';
import { serveFixture } from '../../fixtures/servers/fixture-server.js';
import { ollama } from '../../fixtures/servers/ollama.js';

t.test('keeps its models below the storage path', async (t) => {
  t.equal(referenceModelFolder('/srv/typhon'), join('/srv/typhon', 'reference'));
});

t.test('takes only a port and a size that exist', async (t) => {
  for (const [flag, value, reason] of [
    ['--port', '65536', 'Expected a port from 0 to 65535.'],
    ['--port', '80.5', 'Expected a port from 0 to 65535.'],
    ['--port', '', 'Expected a port from 0 to 65535.'],
    ['--device', 'tpu', 'Allowed choices are auto, cpu, gpu.'],
    ['--size', 'huge', 'Allowed choices are tiny, small, medium, large.'],
  ] as const) {
    const { context, stderr } = commandFixture();
    t.equal(await runCommandLine(['reference', flag, value], context), 2);
    t.match(stderr(), reason);
  }
});

t.test('says in one line who has its port', async (t) => {
  const { port } = await serveFixture(t, ollama);
  const { context, stdout, stderr } = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['reference', '--port', String(port)], context), 1);
  t.equal(stdout(), '');
  t.match(stderr(), new RegExp(`^Port ${port} is in use: Ollama.* Choose another port with --port\\.\\n$`));
});

t.test('says why the model cannot be written', async (t) => {
  const { context, stderr } = commandFixture({ directory: t.testdir({ file: '' }) });
  t.equal(await runCommandLine(['reference', '--port', '0', '--storage.path', 'file'], context), 1);
  t.match(stderr(), /could not write the reference model .*ENOTDIR.*\n$/);
});

t.test('ends with 130 when interrupted before it serves', async (t) => {
  const { context, stdout, stderr, interrupt } = commandFixture({ directory: t.testdir({}) });
  interrupt();
  t.equal(await runCommandLine(['reference', '--port', '0'], context), 130);
  t.equal(stdout() + stderr(), '');
});
