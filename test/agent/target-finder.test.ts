import { join } from 'node:path';
import t from 'tap';
import { targetFinder } from '../../src/agent/target-finder.js';
import { monotonicMs } from '../../src/benchmark/clock.js';
import { configSchema } from '../../src/config/schema.js';
import { systemClock } from '../../src/shared/clock.js';
import { historyRow } from '../fixtures/history.js';
import { ollamaModel } from '../fixtures/ollama-server/model.js';
import { startOllamaServer } from '../fixtures/ollama-server.js';
import { patient } from '../fixtures/servers/fixture-server.js';

t.test('of several loaded models takes the one that the chronicle has last for the target', async (t) => {
  const models = ['a:1b', 'b:1b', 'c:1b'].map((name) => ollamaModel(name, { weightBytes: 2 ** 28 }));
  const server = await startOllamaServer(t, { models, machine: { loadMs: 0 } });
  for (const { name } of models) {
    await (
      await fetch(`${server.apiBase}/api/generate`, { method: 'POST', body: JSON.stringify({ model: name }) })
    ).text();
  }
  const rows = [
    historyRow({ target: 'box', model: 'a:1b' }),
    historyRow({ target: 'box', model: 'b:1b' }),
    historyRow({ target: 'other', model: 'c:1b' }),
  ];
  const folder = t.testdir({ 'chronicle.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join(''), folder: {} });
  const config = configSchema.parse({ targets: ['box', 'new'].map((name) => ({ name, url: server.apiBase })) });
  const chosen = async (target: string, file: string) => {
    const paths = { chronicle: join(folder, file) };
    const find = targetFinder({
      config: () => config,
      paths,
      machine: { platform: 'linux', root: folder, env: {}, clock: systemClock(monotonicMs) },
    });
    return (await find.findTarget({ target }, patient)).target.model;
  };
  t.equal(await chosen('box', 'chronicle.jsonl'), 'b:1b');
  t.equal(await chosen('new', 'chronicle.jsonl'), 'a:1b', 'never measured: by name');
  t.equal(await chosen('box', 'none.jsonl'), 'a:1b', 'no chronicle');
  t.equal(await chosen('box', 'folder'), 'a:1b', 'no chronicle that can be read');
});
