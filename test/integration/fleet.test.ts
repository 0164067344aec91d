/** Twenty machines under one Prometheus that forwards what it scrapes to a second one: the fleet's page answers there. */
import { cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { dashboardQueries } from '../../grafana/queries.js';
import { uids } from '../../grafana/uid.js';
import { type Agent, startAgent } from '../../src/agent/agent.js';
import { loadConfig } from '../../src/config/load.js';
import { filledIn } from '../fixtures/dashboard-query.js';
import { startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { skipWithoutPrometheus } from '../fixtures/prometheus-package.js';
import { startPrometheus } from '../fixtures/prometheus-server.js';
import { until } from '../fixtures/typhon-process.js';

const MACHINES = 20;
const JOB = 'typhon';
/** Room for the short prompt's test and no other. */
const CONTEXT_LENGTH = 1024;

/** An agent with a server of its own to measure; all are in this process. */
async function startMachine(t: Test, folder: string): Promise<Agent> {
  const server = await startFakeLlmServer({ contextLength: CONTEXT_LENGTH, tokenGapMs: 2, ttftMs: 20 });
  t.teardown(() => server.close());
  const { config } = await loadConfig({ overrides: {}, environment: {}, directory: folder });
  const agent = await startAgent({
    config: {
      ...config,
      targets: [
        { name: 'local', url: server.url, models: 'auto', load: 'never', apiKey: undefined, gpus: [], labels: {} },
      ],
      gpu: { ...config.gpu, source: 'none' },
      storage: { path: join(folder, 'data') },
      web: { ...config.web, listenAddress: { host: '127.0.0.1', port: 0 } },
    },
    loadConfig: async () => config,
    environment: {},
    hostName: 'localhost',
    version: '1.2.3',
    now: () => new Date(),
    random: Math.random,
    logger: pino({ level: 'silent' }),
    program: resolve('dist/runner/child.cjs'),
    judgingProgram: resolve('dist/judging/judging-child.cjs'),
    readPageFile: (name) => readFile(resolve('dist/web', name)),
  });
  t.teardown(() => agent.close('the test is over'));
  return agent;
}

async function measure(agent: Agent): Promise<void> {
  const jobId = await agent.submit({ mode: 'quick', trigger: 'api' });
  const status = await until(async () => {
    const job = (await (await fetch(`${agent.url}/jobs/${jobId}`)).json()) as { status: string };
    return job.status !== 'pending' && job.status !== 'running' && job.status;
  });
  if (status !== 'done') throw new Error(`expected a run that is done, got ${status}`);
}

t.test('the fleet of twenty agents, seen through remote write', { skip: skipWithoutPrometheus() }, async (t) => {
  const folder = t.testdir({});
  const [first, ...others] = Array.from({ length: MACHINES }, (_, index) => join(folder, `machine-${index}`));
  if (first === undefined) throw new Error('a machine was expected');
  const measured = await startMachine(t, first);
  await measure(measured);
  const agents = [measured];
  for (const other of others) {
    // Twenty runs one after the other would take minutes: the others start as if they had made this one.
    await cp(join(first, 'data'), join(other, 'data'), { recursive: true, filter: (path) => !path.endsWith('.lock') });
    agents.push(await startMachine(t, other));
  }
  const startedAt = new Date();
  const central = await startPrometheus(t, {
    folder: join(folder, 'central'),
    config: { global: { evaluation_interval: '1s' } },
    more: ['--web.enable-remote-write-receiver'],
  });
  await startPrometheus(t, {
    folder: join(folder, 'forwarder'),
    agentMode: true,
    config: {
      global: { scrape_interval: '5s', scrape_timeout: '5s', external_labels: { site: 'lab' } },
      scrape_configs: [{ job_name: JOB, static_configs: [{ targets: agents.map(({ url }) => new URL(url).host) }] }],
      remote_write: [
        { url: `${central.url}/api/v1/write`, queue_config: { batch_send_deadline: '1s', max_shards: 1 } },
      ],
    },
  });
  const seen = `count(count by (instance) (typhon_benchmark_tokens_per_second{site="lab"})) == ${MACHINES}`;
  const up = `sum(up{job="${JOB}", site="lab"}) == ${MACHINES}`;
  await until(async () => (await central.value(`${seen} and ${up}`)) !== undefined);

  const view = { start: startedAt, end: new Date(), stepS: 2, job: JOB };
  const queries = dashboardQueries().filter(
    ({ dashboard, kind, needs }) =>
      dashboard === uids.fleet && needs.length === 0 && (kind === 'instant' || kind === 'range'),
  );
  t.ok(queries.length > 3, `${queries.length} queries`);
  let perMachine = 0;
  for (const { place, expr } of queries) {
    const series = await central.query(filledIn(expr, view), view.end);
    t.ok(series.length > 0, `${place}: ${expr}`);
    const machines = new Set(series.flatMap(({ metric }) => metric['instance'] ?? []));
    if (machines.size === 0) continue;
    t.equal(machines.size, MACHINES, `${place}: ${expr}`);
    perMachine += 1;
  }
  t.ok(perMachine > 0, `${perMachine} queries tell each machine`);
});
