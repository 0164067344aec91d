/** Label names that a target's own labels may not have. */

/** Those that this project's series of a target have: `docs/metrics.md` says which. */
const ours = [
  'target',
  'server',
  'model',
  'test',
  'category',
  'ctx_size',
  'gpu',
  'uuid',
  'kind',
  'error',
  'percentile',
  'signal',
  'version',
  'context_length',
  'cause',
  'quantization',
  'model_file',
  'server_version',
  'currency',
] as const;

/** Those that Prometheus, its scrapes and the alert rules set. */
const prometheus = ['job', 'instance', 'le', 'quantile', 'alertname', 'alertstate', 'severity'] as const;

export const takenLabelNames: readonly string[] = [...ours, ...prometheus];
