/** The way from a server that gets slower to one message that a person can act on, through Prometheus and Alertmanager, and back. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { storagePaths } from '../../src/chronicle/storage.js';
import {
  alertMessageSchema,
  checkConfig,
  skipWithoutAlertmanager,
  startAlertmanager,
} from '../fixtures/alertmanager.js';
import { writePast } from '../fixtures/chronicle-past.js';
import { ownWord } from '../fixtures/fake-llm/own-word.js';
import { forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { freePort } from '../fixtures/free-port.js';
import { skipWithoutPrometheus } from '../fixtures/prometheus-package.js';
import { type Prometheus, type PrometheusRule, startPrometheus } from '../fixtures/prometheus-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startTyphon, type TyphonProcess, until } from '../fixtures/typhon-process.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const ALERT = 'TyphonSlower';
const ALERTMANAGER = 'config/alertmanager.yml';
const TOKEN_GAP_MS = 4;
const SLOWER = 0.7;
/** Room for the short prompt's test and no other. */
const CONTEXT_LENGTH = 1024;
/** Good runs of before, so that with the one that is measured here there are ten. */
const PAST_DAYS = 9;
/** The last row of the table in docs/runbook.md. */
const [, , SLOW_RUNS = '', GOOD_RUNS = ''] =
  /^\| (10 or more) \| \*\*(\d+)\*\* \| \*\*(\d+)\*\* \|$/m.exec(readFileSync('docs/runbook.md', 'utf8')) ?? [];
const FIGURES = /(?<now>\d+\.\d) tok\/s instead of (?<normal>\d+\.\d)/;
const TOLD = new RegExp(`^fake-model on fake \\(127\\.0\\.0\\.1:\\d+\\) is slower: ${FIGURES.source}$`);
const EXPLAINED = new RegExp(
  `^1 of 1 tests are slower than normal since \\d{4}-\\d\\d-\\d\\d .* UTC\\. Worst: decode_speed of baseline_short, ${FIGURES.source.replaceAll(/\?<\w+>/g, '')} \\(-30(\\.\\d+)?%\\)\\. Likely cause: .+\\. \`typhon report\``,
);
const MOST_RUNS = 12;

interface Watched {
  readonly prometheus: Prometheus;
  readonly url: string;
}

/** One quick run, until it is judged. */
async function measure(url: string): Promise<void> {
  const response = await fetch(`${url}/jobs/run?mode=quick`, { method: 'POST' });
  const { job_id: jobId } = z.object({ job_id: z.string() }).parse(await response.json());
  const job = await until(async () => {
    const found = z.looseObject({ status: z.string() }).parse(await (await fetch(`${url}/jobs/${jobId}`)).json());
    return found.status !== 'pending' && found.status !== 'running' && found;
  });
  if (job.status !== 'done') throw new Error(`expected a job that is done, got ${JSON.stringify(job)}`);
}

/** One quick run, until Prometheus has seen what became of it and judged the alert on it. */
async function run({ prometheus, url }: Watched): Promise<PrometheusRule> {
  await measure(url);
  const judgedAtMs = Date.now();
  // A scrape that began before may show the run and not yet the verdict on it.
  const seenAtS = await until(async () => {
    const [scraped] = await prometheus.query('timestamp(typhon_benchmark_last_run_timestamp_seconds)');
    return scraped !== undefined && scraped.value[1] * 1000 > judgedAtMs && scraped.value[0];
  });
  return until(async () => {
    const rule = (await prometheus.rules()).find(({ name }) => name === ALERT);
    return rule !== undefined && Date.parse(rule.lastEvaluation) / 1000 > seenAtS && rule;
  });
}

function isFiring({ alerts }: PrometheusRule): boolean {
  return alerts.some(({ state }) => state === 'firing');
}

/** How many runs it takes until the alert is so. */
async function runsUntil(firing: boolean, watched: Watched): Promise<number> {
  for (let runs = 1; runs <= MOST_RUNS; runs += 1) if (isFiring(await run(watched)) === firing) return runs;
  throw new Error(`the alert was not ${firing ? 'firing' : 'quiet'} after ${MOST_RUNS} runs`);
}

/** `config/alertmanager.yml`, in a hurry and with the webhook of the test. */
function shippedAlertmanager(url: string): unknown {
  const { route, receivers, ...rest } = z
    .looseObject({ route: z.looseObject({}), receivers: z.array(z.looseObject({ name: z.string() })) })
    .parse(parse(readFileSync(ALERTMANAGER, 'utf8')));
  return {
    ...rest,
    route: { ...route, group_wait: '2s', group_interval: '2s' },
    receivers: receivers.map((receiver) =>
      'webhook_configs' in receiver ? { ...receiver, webhook_configs: [{ url }] } : receiver,
    ),
  };
}

/** As on a machine of its own: else it would wait while another test's agent benchmarks. */
async function startAgent(t: Test, args: readonly string[]): Promise<TyphonProcess> {
  const typhon = startTyphon(t, args, { turns: await temporaryFolder(t) });
  await typhon.written(/"typhon listens"/);
  return typhon;
}

t.test('amtool takes the Alertmanager example', { skip: skipWithoutAlertmanager() }, async (t) => {
  const { status, words } = checkConfig(ALERTMANAGER);
  t.equal(status, 0, words);
  t.match(words, '2 receivers');
});

t.test(
  'a server that loses 30 % is one message after the documented number of runs, and its recovery another',
  { skip: skipWithoutPrometheus() || skipWithoutAlertmanager() },
  async (t) => {
    const folder = t.testdir({});
    const server = await forkFakeLlmServer({ ...ownWord(CONTEXT_LENGTH), ttftMs: 100, tokenGapMs: TOKEN_GAP_MS });
    t.teardown(() => server.close());
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const config = join(folder, 'typhon.yaml');
    writeFileSync(
      config,
      stringify({
        targets: [{ name: 'fake', url: server.url, labels: { owner: 'ml' } }],
        schedules: [],
        gpu: { source: 'none' },
      }),
    );
    const storage = join(folder, 'data');
    const args = ['--config.file', config, '--storage.path', storage, '--web.listen-address', address];
    const receiver = await startWebhookReceiver(t);
    const alertmanager = await startAlertmanager(t, join(folder, 'alertmanager'), shippedAlertmanager(receiver.url));
    const prometheus = await startPrometheus(t, {
      folder: join(folder, 'prometheus'),
      config: {
        global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
        rule_files: [resolve('config/prometheus/rules/typhon.yml')],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
        scrape_configs: [{ job_name: 'typhon', static_configs: [{ targets: [address] }] }],
      },
    });
    const watched = { prometheus, url: `http://${address}` };
    const first = await startAgent(t, args);
    t.notOk(isFiring(await run(watched)), 'nothing to compare with');
    first.kill('SIGTERM');
    await first.ended();
    writePast(storagePaths(storage), PAST_DAYS);
    await startAgent(t, args);

    await server.set({ tokenGapMs: TOKEN_GAP_MS / SLOWER });
    t.equal(await runsUntil(true, watched), Number(SLOW_RUNS), 'slow runs until it fires');
    const fired = alertMessageSchema.parse(JSON.parse((await receiver.arrival(0)).body));
    t.equal(fired.alerts.length, 1, 'one alert in one message');
    const [alert] = fired.alerts;
    t.match(alert?.labels, {
      alertname: ALERT,
      severity: 'warning',
      instance: address,
      target: 'fake',
      model: 'fake-model',
      owner: 'ml',
    });
    t.match(alert?.annotations, { summary: TOLD, description: EXPLAINED, runbook_url: /runbook\.md#typhonslower$/ });
    const rules = await prometheus.rules();
    const details = rules.find(({ name }) => name === 'TyphonTestSlower')?.alerts ?? [];
    t.ok(details.length > 0, 'the detail is there for the dashboards');

    await server.set({ tokenGapMs: TOKEN_GAP_MS });
    const goodRuns = await runsUntil(false, watched);
    // One fewer where the last slow run was by chance the fastest of them, as the runbook says.
    t.ok(goodRuns >= Number(GOOD_RUNS) - 1 && Number(GOOD_RUNS) > 2, `${goodRuns} good runs until it resolves`);
    const resolved = alertMessageSchema.parse(JSON.parse((await receiver.arrival(1)).body));
    t.match(resolved, { status: 'resolved', alerts: [{ labels: { alertname: ALERT } }] });
    t.equal(receiver.received.length, 2, 'one message of the slowdown, one of its end, and nothing besides');
  },
);
