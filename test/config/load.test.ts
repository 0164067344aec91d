import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import t from 'tap';
import type { ConfigError } from '../../src/config/config-error.js';
import { loadConfig, loadConfigFile } from '../../src/config/load.js';
import { takenLabelNames } from '../../src/shared/series-label-names.js';

const fixtures = resolve('test/fixtures/config');
const labelName = 'a Prometheus label name';
const freeLabel = `a label name that no series has by itself (${takenLabelNames.join(', ')})`;
const url = 'an http:// or https:// URL without user, password, query or fragment';
const duration = 'a duration such as 500ms, 2s, 10m, 6h or 90d';
const events = 'run_failure, regression_start, recovery, output_changed, missed_schedule';
const token = 'either bearer_token or bearer_token_file';

const messages: Record<string, string> = {
  'allowed-host':
    'web.allowed_hosts[0] (line 2): expected a host name without scheme and port, got "http://typhon.example.org"',
  'api-key': 'targets[0].api_key (line 4): expected visible ASCII characters without spaces, got a string (not shown)',
  'auth-two-tokens': `web.auth (line 2): expected ${token}, got a mapping of bearer_token, bearer_token_file`,
  'auth-without-token': `web.auth (line 2): expected ${token}, got a mapping of protect`,
  'ca-file-http': 'targets[0].ca_file (line 4): expected no ca_file, or an https:// url, got "/etc/ssl/box.pem"',
  'ca-file-skip':
    'targets[0].ca_file (line 4): expected either ca_file or insecure_skip_verify, got "/etc/ssl/box.pem"',
  'skip-verify-http':
    'targets[0].insecure_skip_verify (line 4): expected no insecure_skip_verify, or an https:// url, got true',
  'cancel-grace': 'jobs.cancel_grace (line 1): expected a duration of at most 24d, got "25d"',
  cron: 'schedules[0].cron (line 3): expected a cron expression of five fields such as "17 */6 * * *" that comes due at some time, got "0 25 * * *"',
  'dashboards-url':
    'web.dashboards_url (line 2): expected an http:// or https:// URL without user and password, got "javascript:alert(1)"',
  'extra-time':
    'benchmark.extra_time (line 1): expected a duration such as 60s, or quick and full with a duration each, got a mapping of quick',
  'max-runs': 'benchmark.max_runs (line 1): expected at least 1, got 0',
  precision: 'benchmark.precision (line 1): expected a share between 0.1% and 50%, such as 3%, got 0.03',
  drop: 'trends.drop (line 1): expected a share between 1% and 90%, such as 10%, got 0.1',
  'drop-zero': 'trends.drop (line 1): expected a share between 1% and 90%, such as 10%, got "0%"',
  'duplicate-key': 'line 3: expected valid YAML, got Map keys must be unique',
  'empty-section': 'gpu (line 2): expected a mapping, got nothing',
  gpus: 'targets[0].gpus (line 4): expected all, or a list of GPU indexes or UUIDs without repeats, got a list of 3',
  interval: `gpu.interval (line 1): expected ${duration}, got "200 ms"`,
  jitter: `schedules[0].jitter (line 4): expected ${duration}, got 10`,
  'label-name': `targets[0].labels.data-center (line 5): expected ${labelName}, got the key data-center`,
  'label-own': `targets[0].labels.model (line 4): expected ${freeLabel}, got the key model`,
  'label-signal': `targets[0].labels.signal (line 4): expected ${freeLabel}, got the key signal`,
  'label-value': 'targets[0].labels.rack (line 4): expected text, got 3',
  'listen-address':
    'web.listen_address (line 1): expected an address such as 127.0.0.1:8000, [::1]:8000 or :8000, got "127.0.0.1:80000"',
  'log-level': 'log.level (line 1): expected one of trace, debug, info, warn, error, fatal, silent, got "verbose"',
  'many-aliases': 'expected valid YAML, got Excessive alias count indicates a resource exhaustion attack',
  'max-queued': 'jobs.max_queued (line 1): expected at least 1, got 0',
  'max-queued-text': 'jobs.max_queued (line 1): expected a number, got "16"',
  'missing-url': `targets[1].url (line 4): expected ${url}, got nothing`,
  'min-samples': 'trends.min_samples (line 1): expected a number of at most window, got 30',
  mode: 'schedules[0].mode (line 4): expected one of quick, full, zeus, got "fast"',
  'on-busy': 'jobs.on_busy (line 1): expected one of reject, queue, got "wait"',
  'energy-currency': 'energy.currency (line 1): expected a currency code of three letters, such as EUR, got "€"',
  'energy-price': 'energy.price_per_kwh (line 1): expected a price of at least 0, such as 0.30, got "0.30"',
  'retention-runs': 'retention.runs (line 1): expected a duration of at least 1h, got "0s"',
  root: 'line 1: expected a mapping, got a list of 1',
  'schedule-target': 'schedules[0].targets[1] (line 9): expected one of the targets local, got "loacl"',
  'schedule-target-of-none':
    'schedules[0].targets[0] (line 2): expected all, as no targets are configured, got "local"',
  source: 'gpu.source (line 1): expected one of auto, nvidia, amd, intel, apple, none, got "cuda"',
  'stale-after': `metrics.stale_after (line 1): expected ${duration}, got "never"`,
  'notification-kind':
    'notifications[0].kind (line 2): expected one of webhook, ntfy, discord, slack, email, apprise, got "pager"',
  'notification-login':
    'notifications[0] (line 2): expected user and password together, or neither, got a mapping of name, kind, host, from, to, user',
  'notification-on': `notifications[0].on (line 4): expected a list of ${events} without repeats, got a list of 2`,
  'notification-other-key':
    'notifications[0].topic (line 4): expected one of the keys kind, name, on, timeout, give_up_after, webhook_url, got the unknown key topic',
  'notification-timeout': `notifications[0].timeout (line 4): expected ${duration}, got 10`,
  'notification-to':
    'notifications[0].to[1] (line 5): expected an e-mail address such as me@example.org, got "you@example.org, them@example.org"',
  'notification-url':
    'notifications[0].url (line 4): expected an http:// or https:// URL without user, password or fragment, got a string (not shown)',
  storage: 'storage.path (line 1): expected a path, got ""',
  'target-name':
    'targets[0].name (line 2): expected a name of letters, digits, ".", "_" and "-", at most 64 long, starting with a letter or a digit, got "http://localhost"',
  timeout: 'benchmark.timeout (line 1): expected a duration of at least 1s, got "999ms"',
  timezone:
    'schedules[0].timezone (line 4): expected an IANA time zone such as UTC or Europe/Berlin, got "Mars/Olympus"',
  'two-channels': 'notifications[1].name (line 3): expected a name other than that of notifications[0], got "ops"',
  'two-schedules': 'schedules[1].name (line 3): expected a name other than that of schedules[0], got "nightly"',
  'two-targets': 'targets[2].name (line 6): expected a name other than that of targets[0], got "local"',
  'unknown-key':
    'benchmark.time_out (line 3): expected one of the keys timeout, load_timeout, precision, max_runs, extra_time, prompts, got the unknown key time_out',
  'unknown-section':
    'benchmarks (line 2): expected one of the keys targets, schedules, benchmark, jobs, gpu, storage, trends, retention, energy, notifications, log, web, metrics, got the unknown key benchmarks',
  url: `targets[0].url (line 3): expected ${url}, got "localhost:8080"`,
  'url-password': `targets[0].url (line 3): expected ${url}, got "http://…@localhost:8080"`,
  variable:
    'targets[0].api_key (line 4): expected the environment variable TYPHON_TEST_UNSET_KEY to be set, got no such variable',
  yaml: 'line 3: expected valid YAML, got All mapping items must start at the same column',
};

async function rejection(loading: Promise<unknown>): Promise<ConfigError> {
  return loading.then(
    () => {
      throw new Error('the configuration was accepted');
    },
    (error: ConfigError) => error,
  );
}

t.test('refuses each bad file with one exact message', async (t) => {
  const files = (await readdir(fixtures)).filter((file) => file.startsWith('invalid-'));
  t.same(
    files.sort(),
    Object.keys(messages)
      .map((name) => `invalid-${name}.yml`)
      .sort(),
  );
  for (const [name, message] of Object.entries(messages)) {
    const error = await rejection(loadConfigFile(join(fixtures, `invalid-${name}.yml`), {}));
    t.equal(error.message, message);
    t.equal(error.code, 'config_invalid');
  }
});

t.test('names every problem of a file at once, in the order of the file', async (t) => {
  const text = 'extra: 1\ntargets:\n  - { name: a, url: x }\n  - { name: a, url: http://a }\nlog: { level: loud }\n';
  const { problems } = await rejection(loadConfigFile(join(t.testdir({ 'a.yml': text }), 'a.yml'), {}));
  t.same(
    problems.map(({ path, line }) => [path, line]),
    [
      ['extra', 1],
      ['targets[0].url', 3],
      ['targets[1].name', 4],
      ['log.level', 5],
    ],
  );
});

t.test('uses its defaults where there is no file', async (t) => {
  const loaded = await loadConfig({ overrides: {}, environment: {}, directory: t.testdir({}) });
  t.equal(loaded.file, undefined);
  t.match(loaded.config, { storage: { path: 'data' }, web: { listenAddress: { host: '127.0.0.1', port: 8000 } } });
});

t.test('freezes the configuration deeply', async (t) => {
  const { config } = await loadConfig({ overrides: {}, environment: {}, directory: t.testdir({}) });
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.targets) && Object.isFrozen(config.web.listenAddress));
});

t.test('takes config/typhon.yaml where it exists', async (t) => {
  const directory = t.testdir({ config: { 'typhon.yaml': 'storage: { path: from-file }\n' } });
  const loaded = await loadConfig({ overrides: {}, environment: {}, directory });
  t.equal(loaded.file, join(directory, 'config/typhon.yaml'));
  t.equal(loaded.config.storage.path, 'from-file');
});

t.test('prefers the flag to the environment, that to the file, that to the default', async (t) => {
  const directory = t.testdir({ 'own.yml': 'log: { level: warn, format: json }\nstorage: { path: from-file }\n' });
  const { config } = await loadConfig({
    overrides: { configFile: 'own.yml', logLevel: 'debug' },
    environment: {
      TYPHON_LOG_LEVEL: 'error',
      TYPHON_STORAGE_PATH: 'from-environment',
      TYPHON_CONFIG_FILE: 'absent.yml',
    },
    directory,
  });
  t.match(config, {
    log: { level: 'debug', format: 'json' },
    storage: { path: 'from-environment' },
    gpu: { source: 'auto' },
  });
});

t.test('reads each flag and each variable', async (t) => {
  const directory = t.testdir({ 'own.yml': 'jobs: { max_queued: 3 }\n' });
  const expected = {
    jobs: { maxQueued: 3 },
    storage: { path: 's' },
    log: { level: 'trace', format: 'pretty' },
    web: { listenAddress: { host: 'h', port: 1 } },
  };
  const overrides = {
    configFile: 'own.yml',
    listenAddress: 'h:1',
    storagePath: 's',
    logLevel: 'trace',
    logFormat: 'pretty',
  };
  const environment = {
    TYPHON_CONFIG_FILE: 'own.yml',
    TYPHON_WEB_LISTEN_ADDRESS: 'h:1',
    TYPHON_STORAGE_PATH: 's',
    TYPHON_LOG_LEVEL: 'trace',
    TYPHON_LOG_FORMAT: 'pretty',
  };
  t.match((await loadConfig({ overrides, environment: {}, directory })).config, expected);
  t.match((await loadConfig({ overrides: {}, environment, directory })).config, expected);
});

t.test('takes an empty variable as one that is not set', async (t) => {
  const environment = { TYPHON_LOG_LEVEL: '', TYPHON_CONFIG_FILE: '' };
  const { config } = await loadConfig({ overrides: {}, environment, directory: t.testdir({}) });
  t.equal(config.log.level, 'info');
});

t.test('blames the flag or the variable, not the file, for what it brought', async (t) => {
  const directory = t.testdir({ config: { 'typhon.yaml': 'log: { level: info }\n' } });
  const overrides = { logLevel: 'loud' };
  const environment = { TYPHON_WEB_LISTEN_ADDRESS: 'nowhere' };
  const { message } = await rejection(loadConfig({ overrides, environment, directory }));
  t.equal(
    message,
    [
      '--log.level: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
      'TYPHON_WEB_LISTEN_ADDRESS: expected an address such as 127.0.0.1:8000, [::1]:8000 or :8000, got "nowhere"',
    ].join('\n'),
  );
});

t.test('does not let a flag hide a section that is no mapping', async (t) => {
  const directory = t.testdir({ config: { 'typhon.yaml': 'log: info\n' } });
  const { message } = await rejection(loadConfig({ overrides: { logLevel: 'info' }, environment: {}, directory }));
  t.equal(message, 'log (line 1): expected a mapping, got "info"');
});

t.test('says which flag named a file that cannot be read', async (t) => {
  const directory = t.testdir({ folder: {} });
  const absent = await rejection(loadConfig({ overrides: { configFile: 'a.yml' }, environment: {}, directory }));
  t.equal(absent.message, `--config.file: expected a readable file at ${join(directory, 'a.yml')}, got no such file`);
  t.equal(absent.code, 'config_unreadable');
  const folder = await rejection(loadConfigFile(join(directory, 'folder'), {}));
  t.equal(folder.message, `expected a readable file at ${join(directory, 'folder')}, got a directory`);
});

t.test('never prints a secret', async (t) => {
  const text =
    'targets: [{ name: a, url: "http://u:hunter2@h", api_key: 12345678 }]\nweb: { auth: { bearer_token: a b } }\n' +
    'notifications:\n  - { name: a, kind: webhook, url: //h/hunter2, secret: "c d" }\n' +
    '  - { name: b, kind: ntfy, topic: t, token: "e f" }\n  - { name: c, kind: slack, webhook_url: //h/hunter2 }\n' +
    '  - { name: d, kind: email, host: h, from: a@b, to: [c@d], user: u, password: 87654321 }\n';
  const { message, problems } = await rejection(loadConfigFile(join(t.testdir({ 'a.yml': text }), 'a.yml'), {}));
  t.equal(problems.length, 8);
  t.notMatch(message, /hunter2|12345678|a b|c d|e f|87654321/);
});

t.test('the annotated file holds the defaults and nothing else', async (t) => {
  const { config } = await loadConfig({ overrides: {}, environment: {}, directory: t.testdir({}) });
  t.same(await loadConfigFile(resolve('config/typhon.yaml'), {}), config);
});

t.test('the annotated file stays valid when all that is commented out is switched on', async (t) => {
  const text = await readFile('config/typhon.yaml', 'utf8');
  const switchedOn = text.replace(/^#(?=[^ #]| {2,})/gm, '');
  const path = join(t.testdir({ 'all.yml': switchedOn }), 'all.yml');
  const config = await loadConfigFile(path, {
    LLM_KEY: 'sk-1',
    TYPHON_TOKEN: 'x',
    TYPHON_HOOK_SECRET: 's',
    NTFY_TOKEN: 'tk',
    DISCORD_WEBHOOK_URL: 'https://discord.com/api/webhooks/1/a',
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/x',
    SMTP_PASSWORD: 'p',
    TELEGRAM_URL: 'tgram://1:a/2',
  });
  t.match(config, {
    targets: [{ name: 'workstation', apiKey: 'sk-1' }],
    schedules: [{ name: 'six-hourly', targets: 'all' }],
    notifications: [
      { kind: 'webhook', secret: 's' },
      { kind: 'ntfy', token: 'tk' },
      { kind: 'discord' },
      { kind: 'slack' },
      { kind: 'email', login: { password: 'p' } },
      { kind: 'apprise', tag: 'homelab' },
      { kind: 'apprise', urls: ['tgram://1:a/2'] },
    ],
    log: { format: 'json' },
    web: { auth: { bearerToken: { source: 'file' } }, allowedHosts: ['typhon.example.org'] },
    metrics: { staleAfterMs: 64_800_000 },
  });
});
