import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfigFile } from '../../src/config/load.js';
import { parseDockerfile } from '../fixtures/dockerfile.js';

const serviceSchema = z.strictObject({
  image: z.string(),
  profiles: z.array(z.string()).default([]),
  build: z.strictObject({ context: z.literal('.'), target: z.string() }).optional(),
  network_mode: z.literal('host'),
  environment: z.record(z.string(), z.string()).default({}),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  read_only: z.boolean().default(false),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  init: z.boolean().optional(),
  healthcheck: z.strictObject({ disable: z.boolean() }).optional(),
  depends_on: z
    .union([z.array(z.string()), z.record(z.string(), z.strictObject({ condition: z.string() }))])
    .default([]),
  restart: z.string(),
});
const compose = z
  .strictObject({
    name: z.literal('typhon'),
    services: z.record(z.string(), serviceSchema),
    volumes: z.record(z.string(), z.strictObject({})),
  })
  .parse(parse(readFileSync('compose.yaml', 'utf8')));
const services = Object.entries(compose.services);
const stages = parseDockerfile(readFileSync('Dockerfile', 'utf8')).map(({ name }) => name);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

function service(name: string) {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`expected a service ${name}`);
  return found;
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly mode: string | undefined;
}

function mountsOf(name: string): readonly Mount[] {
  return service(name).volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    return { source, target, mode };
  });
}

/** The file of the repository that a service finds under a path. */
function behind(name: string, path: string): string {
  const mount = mountsOf(name).find(({ target }) => path === target || path.startsWith(`${target}/`));
  if (mount === undefined) throw new Error(`expected ${name} to have ${path}`);
  return normalize(join(mount.source, path.slice(mount.target.length)));
}

t.test('every image is pinned by a tag: our own by the version, others by theirs', async (t) => {
  for (const [name, { image, build }] of services) {
    const [, ours, tag = ''] = /^(typhon-exporter)?[\w./-]*:(.+)$/.exec(image) ?? [];
    if (ours === undefined) t.match(tag, /^v?\d+\.\d+\.\d+$/, name);
    else t.match(tag, new RegExp(`^${version.replaceAll('.', '\\.')}(-reference)?$`), name);
    if (build !== undefined) t.ok(stages.includes(build.target), build.target);
  }
});

t.test('what is mounted exists: files in the repository, read-only, and declared volumes', async (t) => {
  for (const [name] of services) {
    for (const { source, mode } of mountsOf(name)) {
      if (source.startsWith('./')) {
        t.ok(existsSync(source), source);
        t.equal(mode, 'ro', source);
      } else t.ok(source in compose.volumes, source);
    }
  }
});

t.test('every service listens on this machine alone', async (t) => {
  t.equal(service('typhon').environment['TYPHON_WEB_LISTEN_ADDRESS'], '127.0.0.1:8000');
  t.ok(service('prometheus').command.includes('--web.listen-address=127.0.0.1:9090'));
  t.equal(service('grafana').environment['GF_SERVER_HTTP_ADDR'], '127.0.0.1');
});

t.test('Prometheus reads the shipped configuration and its rules, and scrapes the agent', async (t) => {
  const flag = service('prometheus').command.find((word) => word.startsWith('--config.file=')) ?? '';
  const file = flag.slice('--config.file='.length);
  t.equal(behind('prometheus', file), 'config/prometheus.yml');
  const config = z
    .object({ rule_files: z.array(z.string()), scrape_configs: z.array(z.unknown()) })
    .parse(parse(readFileSync('config/prometheus.yml', 'utf8')));
  for (const pattern of config.rule_files) {
    const folder = behind('prometheus', normalize(join(file, '..', pattern, '..')));
    t.equal(folder, 'config/prometheus/rules');
    t.ok(readdirSync(folder).some((name) => name.endsWith('.yml')));
  }
  t.match(JSON.stringify(config.scrape_configs), service('typhon').environment['TYPHON_WEB_LISTEN_ADDRESS']);
  const storage = service('prometheus').command.find((word) => word.startsWith('--storage.tsdb.path=')) ?? '';
  t.ok(mountsOf('prometheus').some(({ target }) => storage.endsWith(`=${target}`)));
});

t.test('Grafana opens on a dashboard whose data comes from that Prometheus', async (t) => {
  const home = service('grafana').environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  const mount = mountsOf('grafana').find(({ source }) => source === './grafana/dashboards');
  t.ok(mount !== undefined && home.startsWith(`${mount.target}/`), home);
  t.ok(existsSync(home.replace(mount?.target ?? '', './grafana/dashboards')), home);

  const folder = behind('grafana', '/etc/grafana/provisioning');
  const sources = provisioned(
    join(folder, 'datasources'),
    'datasources',
    z.object({ uid: z.string(), url: z.string() }),
  );
  t.strictSame(
    sources.map(({ uid, url }) => [uid, url.replace('localhost', '127.0.0.1')]),
    [['typhon-prometheus', 'http://127.0.0.1:9090']],
  );
  const providers = provisioned(
    join(folder, 'dashboards'),
    'providers',
    z.object({ options: z.object({ path: z.string() }) }),
  );
  t.strictSame(
    providers.map(({ options }) => options.path),
    [mount?.target],
  );
});

function provisioned<T>(folder: string, key: string, schema: z.ZodType<T>): readonly T[] {
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  return files.flatMap((name) => {
    const content: unknown = parse(readFileSync(join(folder, name), 'utf8'));
    return z.object({ [key]: z.array(schema) }).parse(content)[key] ?? [];
  });
}

t.test('the agent has a configuration that is valid, with a schedule', async (t) => {
  const file = behind('typhon', service('typhon').environment['TYPHON_CONFIG_FILE'] ?? '');
  const config = await loadConfigFile(file, {});
  t.ok(config.schedules.length > 0);
  t.strictSame(config.targets, [], 'what runs on the machine is found');
});

t.test('our services run with nothing to write but their volume and /tmp', async (t) => {
  for (const [name, { image, read_only: isReadOnly, tmpfs, volumes }] of services) {
    if (!image.startsWith('typhon-exporter')) continue;
    t.ok(isReadOnly, name);
    if (volumes.length > 0) t.strictSame(tmpfs, ['/tmp'], name);
  }
});

t.test('the demo adds a server to measure and runs that measure it', async (t) => {
  const inDemo = services.filter(([, { profiles }]) => profiles.includes('demo')).map(([name]) => name);
  t.strictSame(inDemo, ['reference', 'demo-runs']);
  t.equal(service('reference').build?.target, 'reference');
  t.strictSame(service('demo-runs').depends_on, {
    typhon: { condition: 'service_healthy' },
    reference: { condition: 'service_healthy' },
  });
  const { command, entrypoint } = service('demo-runs');
  t.strictSame(entrypoint, ['node', '--input-type=module', '--eval']);
  t.match(command.join(''), `http://${service('typhon').environment['TYPHON_WEB_LISTEN_ADDRESS']}/jobs/run?mode=quick`);
});

t.test('the GPU override alters services that exist', async (t) => {
  const override = z
    .object({ services: z.record(z.string(), z.object({ deploy: z.unknown(), pid: z.string() })) })
    .parse(parse(readFileSync('compose.gpu.yaml', 'utf8')));
  t.strictSame(Object.keys(override.services), ['typhon']);
  t.strictSame(override.services['typhon']?.deploy, {
    resources: { reservations: { devices: [{ driver: 'nvidia', count: 'all', capabilities: ['gpu', 'utility'] }] } },
  });
});
