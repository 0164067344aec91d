import t from 'tap';
import { baselineViolations, podSchema, restrictedViolations } from '../fixtures/pod-security.js';

const context = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

function pod(more: { readonly spec?: object; readonly container?: object; readonly context?: object } = {}) {
  const container = { name: 'main', securityContext: { ...context, ...more.context }, ...more.container };
  return podSchema.parse({ spec: { containers: [container], ...more.spec } });
}

t.test('a pod without rights passes both levels', async (t) => {
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  t.same(restrictedViolations(pod({ spec: { volumes } })), []);
});

t.test('each thing that baseline refuses is found', async (t) => {
  const refused: readonly Parameters<typeof pod>[0][] = [
    { spec: { hostNetwork: true } },
    { spec: { hostPID: true } },
    { spec: { hostIPC: true } },
    { spec: { volumes: [{ name: 'data', hostPath: { path: '/' } }] } },
    { spec: { securityContext: { sysctls: [{ name: 'kernel.msgmax' }] } } },
    { spec: { securityContext: { windowsOptions: { hostProcess: true } } } },
    { spec: { securityContext: { seLinuxOptions: { type: 'spc_t' } } } },
    { container: { ports: [{ containerPort: 80, hostPort: 80 }] } },
    { container: { livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } } },
    { container: { lifecycle: { preStop: { tcpSocket: { host: '10.0.0.1', port: 80 } } } } },
    { context: { privileged: true } },
    { context: { procMount: 'Unmasked' } },
    { context: { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } } },
    { context: { seccompProfile: { type: 'Unconfined' } } },
    { context: { appArmorProfile: { type: 'Unconfined' } } },
    { context: { seLinuxOptions: { user: 'system_u' } } },
  ];
  for (const each of refused) t.equal(baselineViolations(pod(each)).length, 1, JSON.stringify(each));
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' };
  t.equal(baselineViolations(podSchema.parse({ metadata: { annotations }, spec: { containers: [] } })).length, 1);
});

t.test('each thing that restricted alone refuses is found', async (t) => {
  const refused: readonly Parameters<typeof pod>[0][] = [
    { spec: { volumes: [{ name: 'data', nfs: { server: 'x', path: '/' } }] } },
    { spec: { securityContext: { runAsUser: 0 } } },
    { context: { allowPrivilegeEscalation: undefined } },
    { context: { runAsNonRoot: undefined } },
    { context: { runAsUser: 0 } },
    { context: { seccompProfile: undefined } },
    { context: { capabilities: { drop: ['NET_RAW'] } } },
    { context: { capabilities: { drop: ['ALL'], add: ['CHOWN'] } } },
  ];
  for (const each of refused) {
    t.same(baselineViolations(pod(each)), [], JSON.stringify(each));
    t.equal(restrictedViolations(pod(each)).length, 1, JSON.stringify(each));
  }
});

t.test('containers that come and go before and beside count as well', async (t) => {
  const privileged = { name: 'other', securityContext: { ...context, privileged: true } };
  for (const place of ['initContainers', 'ephemeralContainers']) {
    t.same(baselineViolations(pod({ spec: { [place]: [privileged] } })), ['other: privileged'], place);
  }
});
