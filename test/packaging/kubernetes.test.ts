import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfigFile } from '../../src/config/load.js';
import { lineageOf, pairsOf, parseDockerfile } from '../fixtures/dockerfile.js';

const FOLDER = 'packaging/kubernetes';
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const image = lineageOf('typhon', parseDockerfile(readFileSync('Dockerfile', 'utf8')));

function inImage(keyword: string): string {
  return image.findLast((each) => each.keyword === keyword)?.value ?? '';
}

function manifest<T>(name: string, kind: string, shape: z.ZodType<T>): T {
  const content: unknown = parse(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'));
  z.object({ apiVersion: z.string(), kind: z.literal(kind) }).parse(content);
  return shape.parse(content);
}

const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({ name: z.literal('typhon'), namespace: z.literal('typhon'), labels });
const port = z.strictObject({ name: z.string(), containerPort: z.number() });
const securityContext = z.strictObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  allowPrivilegeEscalation: z.literal(false),
  readOnlyRootFilesystem: z.literal(true),
  capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]), add: z.array(z.string()).default([]) }),
});
const probe = z.looseObject({ httpGet: z.strictObject({ path: z.string(), port: z.string() }) });
const volumeMount = z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) });
const resources = z.strictObject({
  requests: z.strictObject({ cpu: z.string(), memory: z.string() }),
  limits: z.strictObject({ memory: z.string() }, 'a limit of CPU would be measured'),
});
const container = z.object({
  name: z.string(),
  image: z.string(),
  securityContext,
  resources,
  volumeMounts: z.array(volumeMount),
});
const daemonSet = manifest(
  'daemon-set',
  'DaemonSet',
  z.object({
    metadata,
    spec: z.strictObject({
      selector: z.strictObject({ matchLabels: labels }),
      updateStrategy: z.strictObject({ type: z.string() }),
      template: z.strictObject({
        metadata: z.strictObject({ labels }),
        spec: z.strictObject({
          automountServiceAccountToken: z.literal(false),
          enableServiceLinks: z.literal(false),
          tolerations: z.array(z.strictObject({ key: z.string(), operator: z.literal('Exists') })),
          securityContext: z.strictObject({
            runAsNonRoot: z.literal(true),
            runAsUser: z.number(),
            runAsGroup: z.number(),
            seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
          }),
          initContainers: z.tuple([container.extend({ command: z.array(z.string()) })]),
          containers: z.tuple([
            container.extend({
              env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
              ports: z.tuple([port]),
              livenessProbe: probe,
              readinessProbe: probe,
            }),
          ]),
          volumes: z.array(z.looseObject({ name: z.string() })),
        }),
      }),
    }),
  }),
);
const pod = daemonSet.spec.template;
const [agent] = pod.spec.containers;
const [initial] = pod.spec.initContainers;
const service = manifest(
  'service',
  'Service',
  z.object({
    metadata,
    spec: z.strictObject({
      clusterIP: z.literal('None'),
      selector: labels,
      ports: z.tuple([z.strictObject({ name: z.string(), port: z.number(), targetPort: z.string() })]),
    }),
  }),
);

function environment(name: string): string {
  return agent.env.find((variable) => variable.name === name)?.value ?? '';
}

t.test('kustomize applies every manifest of the folder', async (t) => {
  const { resources: names, images } = manifest(
    'kustomization',
    'Kustomization',
    z.object({ resources: z.array(z.string()), images: z.array(z.object({ name: z.string(), newTag: z.string() })) }),
  );
  const files = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
  t.strictSame([...names].sort(), files.sort());
  t.strictSame(
    images.map((each) => `${each.name}:${each.newTag}`),
    [agent.image],
  );
});

t.test('both containers run the image of this version, without rights', async (t) => {
  for (const each of [agent, initial]) t.equal(each.image, `typhon-exporter:${version}`);
  const [uid, gid] = inImage('USER').split(':').map(Number);
  t.equal(pod.spec.securityContext.runAsUser, uid);
  t.equal(pod.spec.securityContext.runAsGroup, gid);
  t.equal(agent.securityContext.runAsUser, undefined);
  t.strictSame(agent.securityContext.capabilities.add, []);
});

t.test('root is used once, to give the storage away and for nothing else', async (t) => {
  t.strictSame(initial.command, ['chown', inImage('USER'), inImage('VOLUME')]);
  t.strictSame(initial.securityContext.capabilities.add, ['CHOWN']);
});

t.test(
  'what is mounted is there: the storage of the node, the configuration, a folder for temporary files',
  async (t) => {
    const names = pod.spec.volumes.map(({ name }) => name);
    for (const { name } of [...agent.volumeMounts, ...initial.volumeMounts]) t.ok(names.includes(name), name);
    t.strictSame(
      agent.volumeMounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath),
      [inImage('VOLUME'), '/tmp'],
    );
  },
);

t.test('the configuration is valid, and where the agent looks for it', async (t) => {
  const { data } = manifest('config-map', 'ConfigMap', z.object({ metadata, data: z.record(z.string(), z.string()) }));
  const [[name, text] = ['', '']] = Object.entries(data);
  const mount = agent.volumeMounts.find((each) => each.name === 'config');
  t.equal(environment('TYPHON_CONFIG_FILE'), `${mount?.mountPath}/${name}`);
  const file = join(t.testdir({}), name);
  writeFileSync(file, text);
  const { schedules, targets } = await loadConfigFile(file, {});
  t.equal(targets.length, 1);
  t.equal(schedules.length, 1);
});

t.test('one port has one name from the container to the scrape', async (t) => {
  const [served] = agent.ports;
  t.equal(served.containerPort, Number(inImage('EXPOSE')));
  t.match(environment('TYPHON_WEB_LISTEN_ADDRESS'), `:${served.containerPort}`);
  t.equal(new Map(pairsOf(inImage('ENV'))).get('TYPHON_WEB_LISTEN_ADDRESS'), environment('TYPHON_WEB_LISTEN_ADDRESS'));
  const [offered] = service.spec.ports;
  t.equal(offered.targetPort, served.name);
  t.equal(offered.port, served.containerPort);
  for (const { httpGet } of [agent.livenessProbe, agent.readinessProbe]) t.equal(httpGet.port, served.name);
  t.equal(agent.livenessProbe.httpGet.path, '/-/healthy');
  t.equal(agent.readinessProbe.httpGet.path, '/-/ready');
});

t.test('selectors find what they are meant for', async (t) => {
  const monitor = manifest(
    'service-monitor',
    'ServiceMonitor',
    z.object({
      metadata,
      spec: z.strictObject({
        selector: z.strictObject({ matchLabels: labels }),
        jobLabel: z.string(),
        endpoints: z.tuple([z.looseObject({ port: z.string(), path: z.string() })]),
      }),
    }),
  );
  t.strictSame(daemonSet.spec.selector.matchLabels, pod.metadata.labels);
  t.strictSame(service.spec.selector, pod.metadata.labels);
  t.strictSame(monitor.spec.selector.matchLabels, service.metadata.labels);
  const [scrape] = monitor.spec.endpoints;
  t.equal(scrape.port, service.spec.ports[0].name);
  t.equal(scrape.path, '/metrics');
  // The dashboards and rules select by the job's name.
  t.equal(service.metadata.labels[monitor.spec.jobLabel], 'typhon');
});
