/** What a Prometheus sees of an agent that measures the reference model, over a restart of the agent. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { alertGroups } from '../../grafana/alert-groups.js';
import { expressionOf } from '../../grafana/alert-rule.js';
import { dashboardQueries } from '../../grafana/queries.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { metricDefinitions } from '../../src/metrics/registry.js';
import { type ReferenceServer, startReferenceServer } from '../../src/reference/server.js';
import { jobsOfSchedule, writePast } from '../fixtures/chronicle-past.js';
import { answersTo } from '../fixtures/dashboard-query.js';
import { earlierTyphon } from '../fixtures/earlier-typhon.js';
import { startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { fakeSmiEnv } from '../fixtures/fake-nvidia-smi.js';
import { halfAnHourAhead } from '../fixtures/far-schedule.js';
import { freePort } from '../fixtures/free-port.js';
import { skipWithoutPrometheus } from '../fixtures/prometheus-package.js';
import { type Prometheus, startPrometheus } from '../fixtures/prometheus-server.js';
import { selectorsIn } from '../fixtures/promql-tree.js';
import { serveFixture } from '../fixtures/servers/fixture-server.js';
import { ollama as ollamaFixture } from '../fixtures/servers/ollama.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startTyphon, type TyphonProcess, until } from '../fixtures/typhon-process.js';

const JOB = 'typhon';
const SCHEDULE = 'six-hourly';
const RESTING = 'resting';
/** Scrapes at once while a benchmark runs. */
const CROWD = 50;
// Enough for the days that a drift needs, and for a baseline.
const PAST_DAYS = 40;
/** The shortest plan: a short prompt, one sweep, one long answer. */
const CONTEXT_LENGTH = 2048;
/** Before and after the restart: everything that a dashboard marks a change of. */
const DRIVERS = ['580.95.05', '590.48.01'] as const;
const MODELS = ['qwen3-8b-q8_0', 'qwen3-8b-q4_k_m'] as const;
const EARLIER_VERSION = '0.0.9';
const EARLIER_KERNEL = '6.1.0-earlier';

interface Lab {
  readonly prometheus: Prometheus;
  readonly storage: string;
  readonly config: string;
  readonly smiOverride: string;
  readonly port: number;
  readonly startedAt: Date;
}

function startReference(folder: string, version: string, port = 0): Promise<ReferenceServer> {
  return startReferenceServer({
    size: 'tiny',
    cacheDir: join(folder, 'model'),
    contextLength: CONTEXT_LENGTH,
    host: '127.0.0.1',
    port,
    version,
    logger: pino({ level: 'silent' }),
    now: () => new Date(),
  });
}

async function openLab(
  t: Test,
  urls: { readonly reference: string; readonly other: string; readonly ollama: string },
  folder: string,
): Promise<Lab> {
  const startedAt = new Date();
  const port = await freePort();
  const config = join(folder, 'typhon.yaml');
  // The first one is what a run without a target measures.
  const targets = Object.entries(urls).map(([name, url]) => ({ name, url, labels: { owner: 'ml' } }));
  const schedule = { name: SCHEDULE, cron: `${halfAnHourAhead()} */6 * * *`, mode: 'quick', when_busy: 'skip' };
  // Each minute a skip: of a target that is never to be measured.
  const resting = { name: RESTING, cron: '* * * * *', mode: 'quick', targets: ['ollama'] };
  writeFileSync(config, stringify({ targets, schedules: [schedule, resting], gpu: { idle_interval: '1s' } }));
  const prometheus = await startPrometheus(t, {
    folder: join(folder, 'prometheus'),
    config: shippedConfig(port),
  });
  const storage = join(folder, 'data');
  return { prometheus, storage, config, smiOverride: join(folder, 'smi.json'), port, startedAt };
}

/** `config/prometheus.yml`, in a hurry and for an agent on another port. */
function shippedConfig(port: number): unknown {
  const { rule_files: rules, scrape_configs: scrapes } = z
    .object({ rule_files: z.array(z.string()), scrape_configs: z.array(z.looseObject({ job_name: z.literal(JOB) })) })
    .parse(parse(readFileSync('config/prometheus.yml', 'utf8')));
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: rules.map((pattern) => resolve('config', pattern)),
    scrape_configs: scrapes.map((scrape) => ({ ...scrape, static_configs: [{ targets: [`127.0.0.1:${port}`] }] })),
  };
}

/** As on a machine of its own: else it would wait while another test's agent benchmarks. */
async function startAgent(t: Test, lab: Lab, program?: string): Promise<TyphonProcess> {
  const { config, storage, port, smiOverride } = lab;
  const env = fakeSmiEnv('two-gpus', { FAKE_SMI_OVERRIDE: smiOverride });
  const address = `127.0.0.1:${port}`;
  const typhon = startTyphon(t, ['--config.file', config, '--storage.path', storage, '--web.listen-address', address], {
    env,
    program,
    turns: await temporaryFolder(t),
  });
  await typhon.written(/"typhon listens"/);
  return typhon;
}

/** Whoever asks for a run that is due by this schedule is told why there is none. */
async function pause({ port }: Lab): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/schedules/${RESTING}/pause`, { method: 'PUT' });
  if (!response.ok) throw new Error(`expected the schedule to rest, got ${response.status}: ${await response.text()}`);
}

/** From here on no minute brings a skip. */
function withoutResting({ config }: Lab): void {
  const { schedules, ...rest } = z
    .looseObject({ schedules: z.array(z.looseObject({ name: z.string() })) })
    .parse(parse(readFileSync(config, 'utf8')));
  writeFileSync(config, stringify({ ...rest, schedules: schedules.filter(({ name }) => name !== RESTING) }));
}

/** As a run of more than a quick one would have left behind: a load test of two streams, for which the model was loaded. */
function tellLoadTest({ storage }: Lab): void {
  const { lastRun } = storagePaths(storage);
  const result = z
    .looseObject({ benchmarks: z.array(z.looseObject({})) })
    .parse(JSON.parse(readFileSync(lastRun, 'utf8')));
  const [test] = result.benchmarks;
  const load = { test_id: 'concurrency_2', category: 'load', concurrency: 2, aggregate_tps: 150, model_load_s: 2.5 };
  writeFileSync(lastRun, JSON.stringify({ ...result, benchmarks: [...result.benchmarks, { ...test, ...load }] }));
}

/** What both cards tell beside the scenario's values: a driver, and memory without errors. */
function tellCards({ smiOverride }: Lab, driver: string): void {
  const card = { driver_version: driver, 'ecc.mode.current': 'Enabled', 'ecc.errors.uncorrected.volatile.total': '0' };
  writeFileSync(smiOverride, JSON.stringify([card, card]));
}

/** As a profile of before the machine's kernel was replaced would have it; the next run reads the profile anew. */
function tellKernel({ storage }: Lab, kernel: string): void {
  const { hardwareProfile } = storagePaths(storage);
  const profile: unknown = JSON.parse(readFileSync(hardwareProfile, 'utf8'));
  const { os } = z.object({ os: z.looseObject({ kernel: z.string() }) }).parse(profile);
  writeFileSync(hardwareProfile, JSON.stringify({ ...Object(profile), os: { ...os, kernel } }));
}

async function scrape(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (!response.ok) throw new Error(`expected 200, got ${response.status}`);
  return response.text();
}

/** The first answer of an agent that starts; until then it refuses the connection. */
function firstScrape(port: number): Promise<string> {
  return until(() =>
    scrape(port).catch((error: unknown) => (error instanceof TypeError ? undefined : Promise.reject(error))),
  );
}

/** One quick run, scraped by a crowd meanwhile, from the asking until Prometheus has seen its end; answers when Prometheus saw it run. */
async function measure({ prometheus, port }: Lab): Promise<Date> {
  const lastRun = 'max(typhon_benchmark_last_run_timestamp_seconds)';
  const before = (await prometheus.value(lastRun)) ?? 0;
  const response = await fetch(`http://127.0.0.1:${port}/jobs/run?mode=quick`, { method: 'POST' });
  if (response.status !== 202) throw new Error(`expected 202, got ${response.status}: ${await response.text()}`);
  const during = await until(async () => {
    const [progress] = await prometheus.query('typhon_job_progress_ratio and typhon_runner_phase_seconds');
    return progress === undefined ? undefined : new Date(progress.value[0] * 1000);
  });
  const crowd = await Promise.all(Array.from({ length: CROWD }, () => scrape(port)));
  if (!crowd.every((text) => text.includes('\ntyphon_jobs_running 1\n')))
    throw new Error('expected scrapes of the run');
  await until(async () => ((await prometheus.value(lastRun)) ?? 0) > before);
  return during;
}

t.test(
  'a restart costs no sample of a gauge, and no counter begins anew but with its process',
  { skip: skipWithoutPrometheus() },
  async (t) => {
    const folder = t.testdir({});
    const reference = await startReference(folder, '0.0.1');
    t.teardown(() => reference.close());
    const other = await startFakeLlmServer({ models: [{ id: MODELS[0] }] });
    t.teardown(() => other.close());
    const ollama = await serveFixture(t, ollamaFixture);
    const lab = await openLab(t, { reference: reference.url, other: other.url, ollama: ollama.apiBase }, folder);
    const { prometheus, storage, port, startedAt } = lab;
    tellCards(lab, DRIVERS[0]);
    const earlier = join(folder, 'earlier');
    mkdirSync(earlier);
    const first = await startAgent(t, lab, earlierTyphon(earlier, EARLIER_VERSION));
    await pause(lab);
    await measure(lab);
    await until(() => prometheus.value('max(typhon_schedule_last_skip_timestamp_seconds)'));
    withoutResting(lab);
    first.kill('SIGTERM');
    t.equal((await first.ended()).code, 0);
    writePast(storagePaths(storage), PAST_DAYS);
    tellLoadTest(lab);
    jobsOfSchedule(storagePaths(storage), SCHEDULE);
    await reference.close();
    const updated = await startReference(folder, '0.0.2', Number(new URL(reference.url).port));
    t.teardown(() => updated.close());
    other.set({ models: [{ id: MODELS[1] }] });
    tellCards(lab, DRIVERS[1]);
    tellKernel(lab, EARLIER_KERNEL);
    const [earliest] = await Promise.all([firstScrape(port), startAgent(t, lab)]);
    t.match(earliest, /^typhon_benchmark_tokens_per_second\{/m, 'the first scrape shows what was measured before');
    // Until the run reads the profile anew.
    await until(() => prometheus.value(`typhon_machine_info{kernel="${EARLIER_KERNEL}"}`));
    const during = await measure(lab);
    const [starts] = await prometheus.samples('process_start_time_seconds[15m]');
    const [firstStart, restartedAt = 0] = [...new Set(starts?.values.map(([, value]) => value))];
    t.ok(firstStart !== undefined && restartedAt > firstStart, 'one restart');

    await t.test('every gauge of a benchmark is in every scrape from its first one on', async (t) => {
      const ups = await prometheus.samples(`up{job="${JOB}"}[15m]`);
      const up = (ups[0]?.values ?? []).filter(([, value]) => value === 1).map(([at]) => at);
      const gauges = metricDefinitions.filter(
        // What stands behind a series may become another: the server is updated here, and its old version ends.
        ({ name, type }) =>
          name.startsWith('typhon_benchmark_') && type === 'gauge' && name !== 'typhon_benchmark_info',
      );
      let series = 0;
      for (const { name } of gauges) {
        for (const { metric, values } of await prometheus.samples(`${name}[15m]`)) {
          const times = new Set(values.map(([at]) => at));
          const [firstAt = 0] = times;
          // What the second run could not tell, on a machine that is too busy for it, went with the first one's result.
          const mayEnd = metric['test'] !== undefined && !times.has(up.at(-1) ?? 0);
          const endS = mayEnd ? during.getTime() / 1000 : Number.POSITIVE_INFINITY;
          const missing = up.filter((at) => at > firstAt && at <= endS && !times.has(at));
          t.same(missing, [], `${name} ${JSON.stringify(metric)}`);
          series += 1;
        }
      }
      t.ok(series > 30, `${series} series`);
    });

    await t.test('a counter goes back once at most, and begins at 0 with its process', async (t) => {
      const counters = metricDefinitions.filter(({ type }) => type === 'counter');
      t.ok(counters.length > 10, `${counters.length} counters`);
      for (const { name } of counters) {
        t.same(await prometheus.query(`resets(${name}[15m]) > 1`), [], name);
        // The driver counts for itself, whoever asks.
        if (name.startsWith('typhon_gpu_')) continue;
        // There from the first answer with its code on.
        if (name === 'typhon_http_requests_total') continue;
        for (const { metric, values } of await prometheus.samples(`${name}[15m]`)) {
          // That schedule has gone with the first process.
          if ([metric['schedule'], metric['trigger']].some((name) => name?.endsWith(RESTING))) continue;
          const begin = values.find(([at]) => at > restartedAt);
          t.equal(begin?.[1], 0, `${name} ${JSON.stringify(metric)}`);
        }
      }
      // The job ends a moment after its result is shown.
      const jobs = await until(() => prometheus.value('sum(typhon_jobs_total) > 0'));
      t.equal(jobs, 1, 'the job of this process');
    });

    await t.test('promtool has no complaint about the scrape', async (t) => {
      const body = await scrape(port);
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
      t.equal(`${stdout}${stderr}`, '');
      t.equal(status, 0);
    });

    await t.test('a failed run is in the counter of its error from its first failure on', async (t) => {
      const failures = 'sum by (target, error) (typhon_benchmark_request_failures_total)';
      t.same(await prometheus.query(failures), [], 'nothing has failed so far');
      other.set({ fault: { kind: 'status', status: 500, body: 'html' } });
      const response = await fetch(`http://127.0.0.1:${port}/jobs/run?mode=quick&target=other`, { method: 'POST' });
      t.equal(response.status, 202);
      const [failed] = await until(async () => {
        // Two seconds later, so that a step of a graph lies behind it.
        const seen = await prometheus.query(failures.replace('total', 'total offset 2s'));
        return seen.length > 0 && seen;
      });
      t.match(failed?.metric, { target: 'other', error: 'http_error' });
      await until(
        async () => (await prometheus.query('typhon_jobs_running == 0 and typhon_jobs_queued == 0')).length > 0,
      );
    });

    await t.test('every query of every dashboard answers', async (t) => {
      const view = { start: startedAt, end: new Date(), stepS: 1, job: JOB };
      const queries = dashboardQueries();
      t.ok(queries.length > 50, `${queries.length} queries`);
      for (const query of queries) {
        const isOfRun = query.needs.includes('run');
        const answers = await answersTo(query, prometheus, isOfRun ? { ...view, end: during } : view);
        const text = `${query.dashboard}, ${query.place} [${query.needs}]: ${query.expr}`;
        t.ok(answers > 0, text);
      }
    });

    await t.test('every rule is evaluated, watches something, and finds nothing wrong', async (t) => {
      const evaluated = await prometheus.rules();
      const rules = alertGroups.flatMap((group) => group.rules);
      t.same(evaluated.map(({ name }) => name).sort(), rules.map(({ name }) => name).sort());
      for (const { name, health, lastError, alerts } of evaluated) {
        t.equal(health, 'ok', `${name}: ${lastError}`);
        t.same(
          alerts.filter(({ state }) => state === 'firing'),
          [],
          name,
        );
      }
      for (const { name, watched } of rules) t.ok((await prometheus.query(watched)).length > 0, `${name}: ${watched}`);
      // With its thresholds away: everything that a rule compares is there to be compared.
      for (const rule of rules) {
        for (const { text } of selectorsIn(expressionOf(rule))) {
          t.ok((await prometheus.query(`last_over_time(${text}[15m])`)).length > 0, `${rule.name}: ${text}`);
        }
      }
    });
  },
);
