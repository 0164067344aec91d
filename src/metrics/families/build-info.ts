/** What this agent is, what it runs on, and whether its configuration is the one on disk. */
import type { MetricFamily } from '../metric.js';
import type { MachineIdentity } from '../metric-sources.js';
import type { MetricLabels } from '../sample.js';
import { single } from '../sample.js';
import { labelValue } from '../series/series-labels.js';

const MS_PER_SECOND = 1000;

export const buildInfo = [
  {
    name: 'typhon_build_info',
    type: 'gauge',
    help: 'Always 1: the version of typhon and of the Node.js that it runs on.',
    labels: ['version', 'node_version'],
    samples: ({ version }) => [{ labels: { version, node_version: process.version }, value: 1 }],
  },
  {
    name: 'typhon_machine_info',
    type: 'gauge',
    help: 'Always 1: what the machine is; nothing until its hardware has been read.',
    labels: ['machine_id', 'cpu', 'gpu', 'os', 'kernel', 'arch'],
    samples: ({ machine }) => {
      const identity = machine();
      return identity === undefined ? [] : [{ labels: machineLabels(identity), value: 1 }];
    },
  },
  {
    name: 'typhon_config_last_reload_successful',
    type: 'gauge',
    help: '1 where the configuration could be read when that was tried last, 0 where the one before stayed in force.',
    labels: [],
    samples: ({ reload }) => single(Number(reload().successful)),
  },
  {
    name: 'typhon_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the configuration in force was read, in seconds since the epoch.',
    labels: [],
    samples: ({ reload }) => single(reload().loadedAt.getTime() / MS_PER_SECOND),
  },
] as const satisfies MetricFamily;

function machineLabels({ machine_id, cpu, gpus, os }: MachineIdentity): MetricLabels {
  const gpuNames = gpus.flatMap(({ name }) => name ?? []);
  return {
    machine_id,
    cpu: labelValue(cpu.name ?? ''),
    gpu: labelValue(gpuNames.join(', ')),
    os: labelValue([os.distro, os.release].filter((part) => part !== null).join(' ')),
    kernel: labelValue(os.kernel ?? ''),
    arch: os.arch ?? '',
  };
}
