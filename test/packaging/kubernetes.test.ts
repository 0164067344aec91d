import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfigFile } from '../../src/config/load.js';
import { lineageOf, pairsOf, parseDockerfile } from '../fixtures/dockerfile.js';
import { runGoProgram, skipWithoutGoProgram } from '../fixtures/go-program.js';
import { schemaProblems, skipWithoutKubernetesSchemas } from '../fixtures/kubernetes-schema.js';
import { type Manifest, manifestsIn, oneOf, podOf } from '../fixtures/manifest.js';
import { baselineViolations, restrictedViolations } from '../fixtures/pod-security.js';

const FOLDER = 'packaging/kubernetes';
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const image = lineageOf('typhon', parseDockerfile(readFileSync('Dockerfile', 'utf8')));

function inImage(keyword: string): string {
  return image.findLast((each) => each.keyword === keyword)?.value ?? '';
}

function manifest(path: string, kind: string): Manifest {
  return oneOf(manifestsIn(readFileSync(join(FOLDER, path), 'utf8')), kind);
}

const securityContext = z.strictObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  allowPrivilegeEscalation: z.literal(false),
  readOnlyRootFilesystem: z.literal(true),
  capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]), add: z.array(z.string()).default([]) }),
});
const probe = z.looseObject({ httpGet: z.looseObject({ path: z.string(), port: z.string() }) });
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  securityContext,
  resources: z.strictObject({
    requests: z.strictObject({ cpu: z.string(), memory: z.string() }),
    limits: z.strictObject({ memory: z.string() }, 'a limit of CPU would be measured'),
  }),
  volumeMounts: z.array(
    z.looseObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) }),
  ),
});
const workloadSchema = z.looseObject({
  spec: z.looseObject({
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.strictObject({
      metadata: z.strictObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        automountServiceAccountToken: z.literal(false),
        enableServiceLinks: z.literal(false),
        securityContext: z.looseObject({ runAsUser: z.number(), runAsGroup: z.number() }),
        initContainers: z.array(container.extend({ command: z.array(z.string()) })).default([]),
        containers: z.tuple([
          container.extend({
            env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
            ports: z.tuple([z.strictObject({ name: z.string(), containerPort: z.number() })]),
            livenessProbe: probe,
            readinessProbe: probe,
          }),
        ]),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});

const workloads = {
  Deployment: workloadSchema.parse(manifest('agent/deployment.yaml', 'Deployment')).spec,
  DaemonSet: workloadSchema.parse(manifest('every-node/daemon-set.yaml', 'DaemonSet')).spec,
};
const service = z
  .looseObject({
    metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
    spec: z.looseObject({
      selector: z.record(z.string(), z.string()),
      ports: z.tuple([z.strictObject({ name: z.string(), port: z.number(), targetPort: z.string() })]),
    }),
  })
  .parse(manifest('agent/service.yaml', 'Service'));

t.test('kustomize applies every manifest of each folder', async (t) => {
  for (const folder of ['agent', 'every-node', 'monitoring']) {
    const text = readFileSync(join(FOLDER, folder, 'kustomization.yaml'), 'utf8');
    const { resources } = z.looseObject({ resources: z.array(z.string()) }).parse(parse(text));
    const files = readdirSync(join(FOLDER, folder)).filter((name) => /\.yaml$/.test(name));
    t.same(
      resources.filter((name) => !name.startsWith('..')).sort(),
      [...files].sort().filter((name) => name !== 'kustomization.yaml'),
    );
  }
});

for (const [kind, { selector, template }] of Object.entries(workloads)) {
  const { spec: pod } = template;
  const [agent] = pod.containers;
  const environment = (name: string) => agent.env.find((variable) => variable.name === name)?.value ?? '';

  t.test(`the ${kind}'s containers run the image of this version, without rights`, async (t) => {
    for (const each of [agent, ...pod.initContainers]) t.equal(each.image, `typhon-exporter:${version}`);
    const [uid, gid] = inImage('USER').split(':').map(Number);
    t.equal(pod.securityContext.runAsUser, uid);
    t.equal(pod.securityContext.runAsGroup, gid);
    t.equal(agent.securityContext.runAsUser, undefined);
    t.same(agent.securityContext.capabilities.add, []);
  });

  t.test(`what the ${kind} mounts is there, and written are its storage and a temporary folder alone`, async (t) => {
    const names = pod.volumes.map(({ name }) => name);
    const mounts = [agent, ...pod.initContainers].flatMap(({ volumeMounts }) => volumeMounts);
    for (const { name } of mounts) t.ok(names.includes(name), name);
    const written = agent.volumeMounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath);
    t.same(written, [inImage('VOLUME'), '/tmp']);
  });

  t.test(`one port of the ${kind} has one name from the container to the scrape`, async (t) => {
    const [served] = agent.ports;
    t.equal(served.containerPort, Number(inImage('EXPOSE')));
    const listening = new Map(pairsOf(inImage('ENV'))).get('TYPHON_WEB_LISTEN_ADDRESS');
    t.equal(environment('TYPHON_WEB_LISTEN_ADDRESS'), listening);
    t.match(listening, `:${served.containerPort}`);
    t.equal(service.spec.ports[0].targetPort, served.name);
    for (const { httpGet } of [agent.livenessProbe, agent.readinessProbe]) t.equal(httpGet.port, served.name);
    t.equal(agent.livenessProbe.httpGet.path, '/-/healthy');
    t.equal(agent.readinessProbe.httpGet.path, '/-/ready');
  });

  t.test(`the ${kind} reads the configuration, which is valid, and the token where that says it is`, async (t) => {
    const text = z.looseObject({ data: z.record(z.string(), z.string()) });
    const { data } = text.parse(manifest('agent/config-map.yaml', 'ConfigMap'));
    const [[name, content] = ['', '']] = Object.entries(data);
    const mountOf = (wanted: string) => agent.volumeMounts.find((each) => each.name === wanted)?.mountPath;
    t.equal(environment('TYPHON_CONFIG_FILE'), `${mountOf('config')}/${name}`);
    const file = join(t.testdir({}), name);
    writeFileSync(file, content);
    const { schedules, targets, web } = await loadConfigFile(file, {});
    t.equal(targets.length, 1);
    t.equal(schedules.length, 1);
    t.match(web.auth?.bearerToken, { source: 'file', path: `${mountOf('token')}/token` });
  });

  t.test(`selectors find the ${kind}`, async (t) => {
    t.same(selector.matchLabels, template.metadata.labels);
    t.same(service.spec.selector, template.metadata.labels);
  });
}

t.test('root is used once, to give the storage on a node away and for nothing else', async (t) => {
  t.same(workloads.Deployment.template.spec.initContainers, []);
  const [initial, ...more] = workloads.DaemonSet.template.spec.initContainers;
  t.same(more, []);
  t.same(initial?.command, ['chown', inImage('USER'), inImage('VOLUME')]);
  t.same(initial?.securityContext.capabilities.add, ['CHOWN']);
});

t.test('the monitor finds the service, whose job bears the name that dashboards and rules select by', async (t) => {
  const { spec } = z
    .looseObject({
      spec: z.strictObject({
        selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
        jobLabel: z.string(),
        endpoints: z.tuple([z.looseObject({ port: z.string(), path: z.string() })]),
      }),
    })
    .parse(manifest('monitoring/service-monitor.yaml', 'ServiceMonitor'));
  t.same(spec.selector.matchLabels, service.metadata.labels);
  t.equal(spec.endpoints[0].port, service.spec.ports[0].name);
  t.equal(spec.endpoints[0].path, '/metrics');
  t.equal(service.metadata.labels[spec.jobLabel], 'typhon');
});

const skip = skipWithoutGoProgram('kustomize');

/** What kustomize makes of a folder, in a copy that has the token which whoever installs it writes. */
async function kustomized(t: Test, folder: string): Promise<string> {
  const root = t.testdir({});
  for (const path of [FOLDER, 'grafana/dashboards', 'grafana/kustomization.yaml']) {
    cpSync(path, join(root, path), { recursive: true });
  }
  writeFileSync(join(root, FOLDER, 'agent/token'), '0123456789abcdef');
  const { code, stdout, stderr } = await runGoProgram('kustomize', ['build', join(root, FOLDER, folder)]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

t.test('each folder runs at the Pod Security level that its namespace enforces', { skip }, async (t) => {
  const enforced = (manifests: readonly Manifest[]) =>
    oneOf(manifests, 'Namespace').metadata.labels['pod-security.kubernetes.io/enforce'];
  const one = manifestsIn(await kustomized(t, 'agent'));
  t.equal(enforced(one), 'restricted');
  t.same(restrictedViolations(podOf(one)), []);
  const each = manifestsIn(await kustomized(t, 'every-node'));
  t.equal(enforced(each), 'privileged');
  t.same(baselineViolations(podOf(each)), ['hostPath of data']);
  t.same(each.map(({ kind }) => kind).sort(), ['ConfigMap', 'DaemonSet', 'Namespace', 'Secret', 'Service']);
  t.match(oneOf(each, 'Service'), { spec: { clusterIP: 'None' } });
  for (const { spec } of [podOf(one), podOf(each)]) {
    t.match(spec.containers, [{ image: `registry.example.org/typhon-exporter:${version}` }]);
  }
});

const skipSchemas = skip === false ? skipWithoutKubernetesSchemas() : skip;

t.test('Kubernetes knows every field of each folder', { skip: skipSchemas }, async (t) => {
  const texts = new Map<string, string>();
  for (const folder of ['agent', 'every-node', 'monitoring']) texts.set(folder, await kustomized(t, folder));
  t.same(await schemaProblems(t.testdir({}), texts), []);
});

t.test('the Prometheus Operator and Grafana find what they select by', { skip }, async (t) => {
  const manifests = manifestsIn(await kustomized(t, 'monitoring'));
  for (const kind of ['ServiceMonitor', 'PrometheusRule']) {
    t.equal(oneOf(manifests, kind).metadata.labels['release'], 'kube-prometheus-stack', kind);
  }
  const rules = z.looseObject({ spec: z.unknown() }).parse(oneOf(manifests, 'PrometheusRule'));
  t.same(rules.spec, parse(readFileSync('config/prometheus/rules/typhon.yml', 'utf8')));
  const dashboards = manifests.filter(({ kind }) => kind === 'ConfigMap');
  t.equal(dashboards.length, readdirSync('grafana/dashboards').length);
  for (const { metadata } of dashboards) t.equal(metadata.labels['grafana_dashboard'], '1', metadata.name);
});

const skipChart = skip === false ? skipWithoutGoProgram('helm') : skip;

t.test('the chart starts the same pods', { skip: skipChart }, async (t) => {
  const ways = [
    ['agent', []],
    ['every-node', ['--set', 'kind=DaemonSet,persistence.type=host']],
  ] as const;
  for (const [folder, values] of ways) {
    const repository = ['--set', 'image.repository=registry.example.org/typhon-exporter'];
    const { stdout } = await runGoProgram('helm', ['template', 'typhon', 'packaging/helm', ...repository, ...values]);
    t.same(podOf(manifestsIn(stdout)).spec, podOf(manifestsIn(await kustomized(t, folder))).spec, folder);
  }
});
