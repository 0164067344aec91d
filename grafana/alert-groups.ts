import type { AlertGroup } from './alert-rule.js';
import { agentAlerts } from './alerts/agent.js';
import { gpuAlerts } from './alerts/gpu.js';
import { gpuCollectorAlerts } from './alerts/gpu-collector.js';
import { outputAlerts } from './alerts/output.js';
import { runAlerts } from './alerts/runs.js';
import { speedAlerts } from './alerts/speed.js';

/** Every alert, in the order of the files. */
export const alertGroups: readonly AlertGroup[] = [
  speedAlerts,
  outputAlerts,
  runAlerts,
  agentAlerts,
  gpuCollectorAlerts,
  gpuAlerts,
];
