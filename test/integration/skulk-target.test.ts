import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { startAgent } from '../fixtures/running-agent.js';
import { serveFixture } from '../fixtures/servers/fixture-server.js';
import { skulk } from '../fixtures/servers/skulk.js';
import { SKULK_NODE, skulkDiagnostics, skulkRunner } from '../fixtures/skulk-diagnostics.js';
import { until } from '../fixtures/typhon-process.js';

t.test(
  "the runners of a target that is a Skulk node are shown before any job, marked with its node's id",
  async (t) => {
    const json = skulkDiagnostics([skulkRunner]);
    const { apiBase } = await serveFixture(t, {
      ...skulk,
      routes: { ...skulk.routes, 'GET /v1/diagnostics/node': { json } },
    });
    const folder = t.testdir({ storage: {} });
    const file = join(folder, 'typhon.yaml');
    await writeFile(file, JSON.stringify({ targets: [{ name: 'cluster', url: apiBase }], schedules: [] }));
    const agent = await startAgent(t, { storage: join(folder, 'storage'), more: ['--config.file', file] });
    const runners = await until(async () => {
      const answer = await (await fetch(`${agent.url}/v1/diagnostics/node`)).json();
      const { supervisorRunners } = answer as { supervisorRunners: readonly unknown[] };
      return supervisorRunners.length > 0 && supervisorRunners;
    });
    t.equal(runners.length, 1);
    t.match(runners[0], { runnerId: 'r1', nodeId: SKULK_NODE, phase: 'decode_stream' });
  },
);
