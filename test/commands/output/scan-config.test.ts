import t from 'tap';
import { scanConfig } from '../../../src/commands/output/scan-config.js';
import { parseConfigDocument } from '../../../src/config/document.js';
import { configSchema } from '../../../src/config/schema.js';
import type { FoundServer } from '../../../src/servers/survey.js';

function found(fields: Partial<FoundServer> = {}): FoundServer {
  return {
    state: 'found',
    target: null,
    kind: 'ollama',
    name: 'Ollama',
    version: '0.12.0',
    api_base: 'http://127.0.0.1:11434',
    models: [{ id: 'llama3.1:8b', loaded: true }],
    context_length: null,
    no_model: null,
    busy: false,
    busy_unknown: null,
    asleep: false,
    ...fields,
  };
}

const configOf = (...servers: FoundServer[]) =>
  configSchema.parse(parseConfigDocument(scanConfig({ servers, tried: [] }) ?? '', {}).value);

t.test('nothing was found: nothing to write', async (t) => {
  t.equal(scanConfig({ servers: [], tried: [] }), undefined);
});

t.test('each server has a name of its own', async (t) => {
  const { targets } = configOf(
    found(),
    found({ api_base: 'http://127.0.0.1:8080' }),
    found({ target: 'own-name', api_base: 'http://box' }),
  );
  t.same(
    targets.map(({ name }) => name),
    ['ollama', 'ollama-8080', 'own-name'],
  );
});

t.test('what servers say of themselves stays in its comment', async (t) => {
  const evil = found({
    name: 'Ollama\nstorage: { path: /etc }',
    models: [{ id: 'a\r\nlog: { level: silent }', loaded: null }],
    no_model: 'Two are loaded:\u2028targets: []',
  });
  const config = configOf(evil);
  t.equal(config.targets.length, 1);
  t.match(config, { storage: { path: 'data' }, log: { level: 'info' } });
});
