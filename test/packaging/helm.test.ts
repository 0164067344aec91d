import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { loadConfigFile } from '../../src/config/load.js';
import { runGoProgram, skipWithoutGoProgram } from '../fixtures/go-program.js';
import { schemaProblems, skipWithoutKubernetesSchemas } from '../fixtures/kubernetes-schema.js';
import { type Manifest, manifestsIn, oneOf, podOf } from '../fixtures/manifest.js';
import { baselineViolations, restrictedViolations } from '../fixtures/pod-security.js';

const CHART = 'packaging/helm';
const skip = skipWithoutGoProgram('helm');

type Level = 'restricted' | 'privileged';

interface ValueSet {
  readonly values: object;
  /** The strictest Pod Security level that takes it. */
  readonly level: Level;
  readonly kinds: readonly string[];
}

const agent = ['ConfigMap', 'Deployment', 'PersistentVolumeClaim', 'Secret', 'Service'];
const operated = [...agent, 'PrometheusRule', 'ServiceMonitor'];

/** One for each way in which people run it. */
const valueSets: Readonly<Record<string, ValueSet>> = {
  defaults: { values: {}, level: 'restricted', kinds: agent },
  'beside-servers': {
    values: {
      config: { targets: [{ name: 'vllm', url: 'http://vllm.default.svc:8000', labels: { team: 'search' } }] },
      nodeSelector: { 'nvidia.com/gpu.present': 'true' },
      runtimeClassName: 'nvidia',
      priorityClassName: 'low',
    },
    level: 'restricted',
    kinds: agent,
  },
  'on-every-node': {
    values: { kind: 'DaemonSet', persistence: { type: 'host' } },
    level: 'privileged',
    kinds: ['ConfigMap', 'DaemonSet', 'Secret', 'Service'],
  },
  'on-every-node-without-a-trace': {
    values: { kind: 'DaemonSet', persistence: { type: 'none' } },
    level: 'restricted',
    kinds: ['ConfigMap', 'DaemonSet', 'Secret', 'Service'],
  },
  'volume-of-a-class': {
    values: {
      persistence: {
        volume: { size: '500Mi', storageClass: 'fast', accessModes: ['ReadWriteOncePod'], annotations: { a: 'b' } },
      },
    },
    level: 'restricted',
    kinds: agent,
  },
  'volume-of-ones-own': {
    values: { persistence: { volume: { existingClaim: 'results' } } },
    level: 'restricted',
    kinds: ['ConfigMap', 'Deployment', 'Secret', 'Service'],
  },
  'secret-of-ones-own': {
    values: { auth: { existingSecret: 'typhon', protect: 'all' }, monitoring: { enabled: true } },
    level: 'restricted',
    kinds: operated.filter((kind) => kind !== 'Secret'),
  },
  'without-token': {
    values: { auth: { enabled: false } },
    level: 'restricted',
    kinds: ['ConfigMap', 'Deployment', 'PersistentVolumeClaim', 'Service'],
  },
  operated: {
    values: { monitoring: { enabled: true, labels: { release: 'kube-prometheus-stack' }, interval: '30s' } },
    level: 'restricted',
    kinds: operated,
  },
  'operated-without-rules': {
    values: { monitoring: { enabled: true, rules: false }, dashboards: { enabled: true, labels: { find: 'me' } } },
    level: 'restricted',
    kinds: [...agent, 'ConfigMap', 'ConfigMap', 'ConfigMap', 'ConfigMap', 'ServiceMonitor'],
  },
  encrypted: {
    values: {
      webConfig: { tls_server_config: { cert_file: '/certs/tls.crt', key_file: '/certs/tls.key' } },
      volumes: [{ name: 'certs', secret: { secretName: 'typhon-tls' } }],
      volumeMounts: [{ name: 'certs', mountPath: '/certs', readOnly: true }],
      monitoring: { enabled: true },
    },
    level: 'restricted',
    kinds: [...operated, 'Secret'],
  },
  'with-passwords': {
    values: { webConfig: { basic_auth_users: { ada: '$2y$10$hash' } }, monitoring: { enabled: true } },
    level: 'restricted',
    kinds: [...operated, 'Secret'],
  },
  'everything-else': {
    values: {
      fullnameOverride: 'bench',
      image: { repository: 'registry.example.org/typhon', tag: '1.2.3', pullPolicy: 'Always', pullSecrets: ['pull'] },
      auth: { token: 'abc' },
      env: [{ name: 'LLM_KEY', valueFrom: { secretKeyRef: { name: 'llm', key: 'key' } } }],
      affinity: { nodeAffinity: {} },
      tolerations: [],
      resources: {},
      podAnnotations: { a: 'b' },
      podLabels: { c: 'd' },
      service: { port: 9000 },
    },
    level: 'restricted',
    kinds: agent,
  },
};

async function template(t: Test, values: object) {
  const file = join(t.testdir({ 'values.yaml': stringify(values) }), 'values.yaml');
  return runGoProgram('helm', ['template', 'typhon', CHART, '--namespace', 'monitoring', '--values', file]);
}

async function rendered(t: Test, values: object): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await template(t, values);
  if (code !== 0) throw new Error(stderr);
  return manifestsIn(stdout);
}

t.test('the chart is without fault and of this version', { skip }, async (t) => {
  const { stdout, code } = await runGoProgram('helm', ['lint', '--strict', CHART]);
  t.equal(code, 0, stdout);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.match(parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')), { version, appVersion: version });
});

t.test('every value set makes what it should, at its level of Pod Security', { skip }, async (t) => {
  for (const [name, { values, level, kinds }] of Object.entries(valueSets)) {
    const manifests = await rendered(t, values);
    t.same(manifests.map(({ kind }) => kind).sort(), [...kinds].sort(), name);
    for (const { metadata } of manifests) t.equal(metadata['namespace'], 'monitoring', name);
    const pod = podOf(manifests);
    if (level === 'restricted') t.same(restrictedViolations(pod), [], name);
    else t.same(baselineViolations(pod), ['hostPath of data'], name);
  }
});

const skipSchemas = skip === false ? skipWithoutKubernetesSchemas() : skip;

t.test('Kubernetes knows every field of every value set', { skip: skipSchemas }, async (t) => {
  const texts = new Map<string, string>();
  for (const [name, { values }] of Object.entries(valueSets)) texts.set(name, (await template(t, values)).stdout);
  const place = t.testdir({});
  t.same(await schemaProblems(place, texts), []);
  const misspelt = (texts.get('defaults') ?? '').replace('enableServiceLinks', 'enableServiceLink');
  t.match((await schemaProblems(place, new Map([['misspelt', misspelt]]))).join('\n'), 'enableServiceLink');
});

t.test('values that cannot be meant are refused with a reason', { skip }, async (t) => {
  const refused: readonly (readonly [object, string])[] = [
    [{ kind: 'DaemonSet' }, 'cannot share one volume'],
    [{ kind: 'StatefulSet' }, 'kind'],
    [{ nodeselector: {} }, "additional properties 'nodeselector'"],
    [{ auth: { protect: 'none' } }, 'protect'],
    [{ persistence: { volume: { size: 'big' } } }, 'size'],
    [{ monitoring: { labels: { release: 1 } } }, 'release'],
  ];
  for (const [values, reason] of refused) {
    const { code, stderr } = await template(t, values);
    t.equal(code, 1);
    t.match(stderr, reason);
  }
});

t.test('the agent gets its configuration, which it takes, and the token that is asked for', { skip }, async (t) => {
  const manifests = await rendered(t, valueSets['beside-servers']?.values ?? {});
  const { data } = z.looseObject({ data: z.record(z.string(), z.string()) }).parse(oneOf(manifests, 'ConfigMap'));
  const file = join(t.testdir({}), 'typhon.yaml');
  writeFileSync(file, data['typhon.yaml'] ?? '');
  const { targets, schedules, web } = await loadConfigFile(file, {});
  t.match(targets, [{ name: 'vllm' }]);
  t.equal(schedules.length, 1);
  t.match(web.auth, { bearerToken: { source: 'file', path: '/run/secrets/typhon/token' }, protect: 'changes' });
  t.match(podOf(manifests).spec.containers, [
    { volumeMounts: [{}, {}, { name: 'token', mountPath: '/run/secrets/typhon', readOnly: true }, {}] },
  ]);
  t.match(oneOf(manifests, 'Secret'), { metadata: { name: 'typhon-token' }, data: { token: /^[A-Za-z0-9+/=]{44}$/ } });
  const given = await rendered(t, { auth: { token: 'abc' } });
  t.match(oneOf(given, 'Secret'), { data: { token: Buffer.from('abc').toString('base64') } });
});

t.test('another configuration starts another pod', { skip }, async (t) => {
  const annotations = async (values: object) => podOf(await rendered(t, values)).metadata?.annotations;
  t.same(await annotations({}), await annotations({}));
  t.strictNotSame(await annotations({ config: { targets: [{ name: 'a', url: 'http://a' }] } }), await annotations({}));
});

t.test('one value has the Prometheus Operator pick up monitor and rules', { skip }, async (t) => {
  const selected = { release: 'kube-prometheus-stack' };
  const manifests = await rendered(t, { monitoring: { enabled: true, labels: selected } });
  const service = oneOf(manifests, 'Service');
  const monitor = oneOf(manifests, 'ServiceMonitor');
  for (const { metadata } of [monitor, oneOf(manifests, 'PrometheusRule')]) t.match(metadata.labels, selected);
  const { spec } = z
    .looseObject({
      spec: z.looseObject({ selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }) }),
    })
    .parse(monitor);
  t.match(service.metadata.labels, spec.selector.matchLabels);
  t.match(podOf(manifests).metadata, { labels: spec.selector.matchLabels });
  t.match(monitor, {
    spec: { jobLabel: 'app.kubernetes.io/name', endpoints: [{ port: 'http', path: '/metrics', scheme: 'http' }] },
  });
  // The dashboards and rules select by the job's name.
  t.equal(service.metadata.labels['app.kubernetes.io/name'], 'typhon');
});

t.test('a reader that needs the token, and TLS, are told to the Prometheus Operator', { skip }, async (t) => {
  const closed = await rendered(t, valueSets['secret-of-ones-own']?.values ?? {});
  t.match(oneOf(closed, 'ServiceMonitor'), {
    spec: { endpoints: [{ authorization: { credentials: { name: 'typhon', key: 'token' } } }] },
  });
  const encrypted = await rendered(t, valueSets['encrypted']?.values ?? {});
  t.match(oneOf(encrypted, 'ServiceMonitor'), { spec: { endpoints: [{ scheme: 'https' }] } });
  t.match(podOf(encrypted).spec.containers, [
    { livenessProbe: { httpGet: { scheme: 'HTTPS' } }, readinessProbe: { httpGet: { scheme: 'HTTPS' } } },
  ]);
  const probes = { livenessProbe: { tcpSocket: { port: 'http' } }, readinessProbe: { tcpSocket: { port: 'http' } } };
  t.match(podOf(closed).spec.containers, [probes], 'a probe has no token');
  const asking = await rendered(t, valueSets['with-passwords']?.values ?? {});
  t.match(podOf(asking).spec.containers, [probes], 'nor a password');
  t.match(oneOf(asking, 'ServiceMonitor'), {
    spec: { endpoints: [{ scheme: 'http', authorization: { credentials: {} } }] },
  });
});

t.test('rules and dashboards are those of the project', { skip }, async (t) => {
  const manifests = await rendered(t, { monitoring: { enabled: true }, dashboards: { enabled: true } });
  const rules = z.looseObject({ spec: z.unknown() }).parse(oneOf(manifests, 'PrometheusRule'));
  t.same(rules.spec, parse(readFileSync('config/prometheus/rules/typhon.yml', 'utf8')));
  for (const name of readdirSync('grafana/dashboards')) {
    const found = manifests.find(({ metadata }) => metadata.name === `typhon-dashboard-${name.replace('.json', '')}`);
    t.match(found?.metadata, { labels: { grafana_dashboard: '1' }, annotations: { grafana_folder: 'typhon' } }, name);
    const [text] = Object.values(found?.['data'] as Readonly<Record<string, string>>);
    t.same(JSON.parse(text ?? ''), JSON.parse(readFileSync(join('grafana/dashboards', name), 'utf8')), name);
  }
});

t.test('what a chart needs is in its folder', async (t) => {
  for (const name of ['Chart.yaml', 'values.yaml', 'values.schema.json', 'files/prometheus-rules.yml']) {
    t.ok(existsSync(join(CHART, name)), name);
  }
  const schema = z.object({ properties: z.record(z.string(), z.unknown()) });
  const { properties } = schema.parse(JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')));
  const values: object = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  t.same(Object.keys(properties).sort(), [...Object.keys(values), 'global'].sort());
});
