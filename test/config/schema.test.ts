import t from 'tap';
import { benchmarkModes } from '../../src/benchmark/plan.js';
import { configSchema } from '../../src/config/schema.js';

t.test('fills in every default', async (t) => {
  t.same(configSchema.parse({}), {
    targets: [],
    schedules: [
      {
        name: 'six-hourly',
        cron: '17 */6 * * *',
        timezone: 'UTC',
        mode: 'quick',
        targets: 'all',
        jitterMs: 600_000,
        whenBusy: 'skip',
      },
    ],
    schedulesFrom: 'built_in',
    benchmark: {
      timeoutMs: 120_000,
      loadTimeoutMs: 600_000,
      precision: 0.03,
      maxRuns: 6,
      extraTimeMs: { quick: 60_000, full: 300_000 },
      prompts: {},
    },
    jobs: { onBusy: 'reject', maxQueued: 16, cancelGraceMs: 2000, turnTimeoutMs: 1_800_000 },
    gpu: { source: 'auto', intervalMs: 200, idleIntervalMs: 15_000 },
    storage: { path: 'data' },
    trends: { window: 20, minSamples: 5, drop: 0.1 },
    retention: { runsMs: 7_776_000_000, keepAtLeast: 100 },
    notifications: [],
    log: { level: 'info' },
    web: {
      listenAddress: { host: '127.0.0.1', port: 8000 },
      configFile: undefined,
      auth: undefined,
      allowedHosts: [],
      dashboardsUrl: undefined,
    },
    metrics: { staleAfterMs: undefined },
  });
});

t.test('an empty list of schedules means none', async (t) => {
  t.match(configSchema.parse({ schedules: [] }), { schedules: { length: 0 }, schedulesFrom: 'configuration' });
});

t.test('fills in the defaults of a target and of a schedule', async (t) => {
  const { targets, schedules } = configSchema.parse({
    targets: [{ name: 'a', url: 'http://localhost:8080' }],
    schedules: [{ name: 's', cron: '0 3 * * *' }],
  });
  t.same(targets, [
    {
      name: 'a',
      url: 'http://localhost:8080',
      models: 'auto',
      load: 'never',
      apiKey: undefined,
      gpus: 'all',
      labels: {},
    },
  ]);
  t.same(schedules, [
    { name: 's', cron: '0 3 * * *', timezone: 'UTC', mode: 'quick', targets: 'all', jitterMs: 0, whenBusy: 'skip' },
  ]);
});

t.test('gives every key of a full file its camelCase name and its unit', async (t) => {
  const config = configSchema.parse({
    targets: [{ name: 'a', url: 'https://h/base/', model: 'm', api_key: 'k', gpus: [1, 0], labels: { rack: 'a3' } }],
    schedules: [
      {
        name: 's',
        cron: '*/5 * * * *',
        timezone: 'Europe/Berlin',
        mode: 'zeus',
        targets: ['a'],
        jitter: '10m',
        when_busy: 'wait',
      },
    ],
    benchmark: {
      timeout: '3m',
      load_timeout: '20m',
      precision: '1.5%',
      max_runs: 10,
      extra_time: { quick: '30s', full: '10m' },
      prompts: { short: 's', long: 'l' },
    },
    jobs: { on_busy: 'queue', max_queued: 2, cancel_grace: '500ms', turn_timeout: '10m' },
    gpu: { source: 'none', interval: '1s', idle_interval: '1m' },
    storage: { path: '/srv' },
    trends: { window: 40, min_samples: 10, drop: '7.5%' },
    retention: { runs: '30d', keep_at_least: 5 },
    energy: { price_per_kwh: 0.3, currency: 'EUR' },
    notifications: [{ name: 'n', kind: 'ntfy', topic: 't', on: ['recovery'], timeout: '3s', give_up_after: '1h' }],
    log: { level: 'debug', format: 'json' },
    web: {
      listen_address: ':9000',
      config_file: '/etc/typhon/web.yml',
      auth: { bearer_token: 'tok', protect: 'all' },
      allowed_hosts: ['Typhon.example.org'],
      dashboards_url: 'https://grafana.example.org/d/typhon-fleet?orgId=1',
    },
    metrics: { stale_after: '90d' },
  });
  t.same(config, {
    targets: [
      {
        name: 'a',
        url: 'https://h/base',
        models: ['m'],
        load: 'if_free',
        apiKey: 'k',
        gpus: [1, 0],
        labels: { rack: 'a3' },
      },
    ],
    schedulesFrom: 'configuration',
    schedules: [
      {
        name: 's',
        cron: '*/5 * * * *',
        timezone: 'Europe/Berlin',
        mode: 'zeus',
        targets: ['a'],
        jitterMs: 600_000,
        whenBusy: 'wait',
      },
    ],
    benchmark: {
      timeoutMs: 180_000,
      loadTimeoutMs: 1_200_000,
      precision: 0.015,
      maxRuns: 10,
      extraTimeMs: { quick: 30_000, full: 600_000 },
      prompts: { short: 's', long: 'l' },
    },
    jobs: { onBusy: 'queue', maxQueued: 2, cancelGraceMs: 500, turnTimeoutMs: 600_000 },
    gpu: { source: 'none', intervalMs: 1000, idleIntervalMs: 60_000 },
    storage: { path: '/srv' },
    trends: { window: 40, minSamples: 10, drop: 0.075 },
    retention: { runsMs: 2_592_000_000, keepAtLeast: 5 },
    energy: {
      pricePerKwh: 0.3,
      prices: undefined,
      timeZone: undefined,
      currency: 'EUR',
      gramsCo2PerKwh: undefined,
    },
    notifications: [
      {
        name: 'n',
        kind: 'ntfy',
        server: 'https://ntfy.sh',
        topic: 't',
        on: ['recovery'],
        timeoutMs: 3000,
        giveUpAfterMs: 3_600_000,
      },
    ],
    log: { level: 'debug', format: 'json' },
    web: {
      listenAddress: { host: undefined, port: 9000 },
      configFile: '/etc/typhon/web.yml',
      auth: { bearerToken: { source: 'inline', token: 'tok' }, protect: 'all' },
      allowedHosts: ['typhon.example.org'],
      dashboardsUrl: 'https://grafana.example.org/d/typhon-fleet?orgId=1',
    },
    metrics: { staleAfterMs: 7_776_000_000 },
  });
});

t.test('takes one extra time for both modes, or each with its own', async (t) => {
  const extraTimeOf = (extra_time: unknown) => configSchema.parse({ benchmark: { extra_time } }).benchmark.extraTimeMs;
  t.same(extraTimeOf('0s'), { quick: 0, full: 0 });
  t.same(extraTimeOf({ full: '1h' }), { quick: 60_000, full: 3_600_000 });
});

t.test('takes the token of the web server from a file', async (t) => {
  const { web } = configSchema.parse({ web: { auth: { bearer_token_file: '/run/token' } } });
  t.same(web.auth, { bearerToken: { source: 'file', path: '/run/token' }, protect: 'changes' });
});

t.test('takes GPUs by index and by the UUIDs of their drivers, each once', async (t) => {
  const withGpus = (gpus: unknown) => ({ targets: [{ name: 'a', url: 'http://localhost:8080', gpus }] });
  const nvidia = 'GPU-5d1f4c2e-0a6b-7c8d-9e0f-112233445566';
  const accepted = [
    [nvidia],
    ['MIG-41b36b2c-58f5-5d1e-9bdd-f0d5f3d4a1c0', 0],
    // AMD's may be digits alone, and is text then.
    ['1234567890123456', '21e3a8b0c4d5f697'],
    [],
  ];
  for (const gpus of accepted) t.same(configSchema.parse(withGpus(gpus)).targets[0]?.gpus, gpus);
  const refused = [
    ['GPU-'],
    ['GPU-xyz'],
    ['cuda:0'],
    ['0'],
    ['NVIDIA L40S'],
    [`${nvidia}; rm`],
    [` ${nvidia}`],
    [1_234_567_890_123_456],
    [-1],
    [0.5],
    [nvidia, nvidia.toLowerCase()],
    nvidia,
  ];
  for (const gpus of refused) t.equal(configSchema.safeParse(withGpus(gpus)).success, false, JSON.stringify(gpus));
});

t.test('knows the same modes as the benchmark', async (t) => {
  for (const mode of benchmarkModes) {
    t.equal(configSchema.parse({ schedules: [{ name: 's', cron: '0 3 * * *', mode }] }).schedules[0]?.mode, mode);
  }
});

t.test("how a target's certificate is checked", async (t) => {
  const target = (more: object) =>
    configSchema.parse({ targets: [{ name: 'a', url: 'https://h', ...more }] }).targets[0];
  t.match(target({ ca_file: '/etc/ca.pem' }), { tls: { check: 'authority', caFile: '/etc/ca.pem' } });
  t.match(target({ insecure_skip_verify: true }), { tls: { check: 'none' } });
  t.notOk('tls' in (target({ insecure_skip_verify: false }) ?? {}));
});

t.test('which models, and whether they may be loaded: what is named may be where nothing is in the way', async (t) => {
  const of = (target: object) => {
    const [parsed] = configSchema.parse({ targets: [{ name: 'a', url: 'http://h', ...target }] }).targets;
    return [parsed?.models, parsed?.load];
  };
  t.same(of({}), ['auto', 'never']);
  t.same(of({ model: 'auto' }), ['auto', 'never']);
  t.same(of({ model: 'm' }), [['m'], 'if_free']);
  t.same(of({ models: ['b', 'a*'] }), [['b', 'a*'], 'if_free']);
  t.same(of({ models: 'all' }), ['all', 'if_free']);
  t.same(of({ models: 'all', load: 'always' }), ['all', 'always']);
  t.same(of({ models: ['m'], load: 'never' }), [['m'], 'never']);
  for (const wrong of [{ model: 'm', models: ['n'] }, { models: [] }, { models: 'm' }, { load: 'sometimes' }]) {
    t.throws(() => of(wrong), { name: 'ZodError' }, JSON.stringify(wrong));
  }
});
