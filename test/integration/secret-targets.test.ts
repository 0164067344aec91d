import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listed, startAgent } from '../fixtures/running-agent.js';
import { startTyphon } from '../fixtures/typhon-process.js';

const SECRET = 'hunter2';

/** Every way in which people and other programs write one. */
const TARGETS = [
  `http://me:${SECRET}@127.0.0.1:9`,
  `http://${SECRET}@127.0.0.1:9/v1`,
  `me:${SECRET}@127.0.0.1:9`,
  `http://me:${SECRET}/x@127.0.0.1:9`,
  `http://127.0.0.1:9/v1?api_key=${SECRET}`,
  `http://127.0.0.1:9/#${SECRET}`,
  `ftp://me:${SECRET}@127.0.0.1`,
];

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

t.test('a password in a target is refused before there is a job, and stands nowhere', async (t) => {
  const root = t.testdir({ storage: {}, 'typhon.yaml': '' });
  const storage = join(root, 'storage');
  const config = join(root, 'typhon.yaml');
  // Its outbox would keep the message of a failed run.
  writeFileSync(config, 'schedules: []\nnotifications: [{ name: hook, kind: webhook, url: "http://127.0.0.1:9/" }]\n');
  const agent = await startAgent(t, { storage, more: ['--config.file', config, '--log.level', 'trace'] });
  for (const target of TARGETS) {
    const query = new URLSearchParams({ mode: 'quick', target });
    const asked = [
      fetch(`${agent.url}/jobs/run?${query}`, { method: 'POST' }),
      fetch(`${agent.url}/jobs/run`, { method: 'POST', body: query }),
      fetch(`${agent.url}/jobs/run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mode: 'quick', target }),
      }),
    ];
    for (const response of await Promise.all(asked)) {
      t.equal(response.status, 422, target);
      const text = await response.text();
      t.match(JSON.parse(text), { detail: /^target: expected .*targets\[\]\.api_key/ });
      t.notMatch(text, SECRET);
    }
  }
  t.same(await listed(agent), []);
  agent.typhon.kill('SIGTERM');
  const { stdout, stderr } = await agent.typhon.ended();
  t.notMatch(`${stdout}${stderr}`, SECRET, 'the log');
  t.ok(filesBelow(storage).length > 0);
  for (const path of filesBelow(storage)) t.notMatch(readFileSync(path, 'latin1'), SECRET, path);
});

t.test('so on the command line, with exit code 2 and nothing left behind', async (t) => {
  for (const target of TARGETS) {
    const storage = t.testdir({});
    const args = ['run', '--mode', 'quick', '--target', target, '--storage.path', storage, '--log.level', 'trace'];
    const { code, stdout, stderr } = await startTyphon(t, args).ended();
    t.equal(code, 2, target);
    t.match(stderr, /targets\[\]\.api_key/);
    t.notMatch(`${stdout}${stderr}`, SECRET);
    t.same(filesBelow(storage), []);
  }
});
