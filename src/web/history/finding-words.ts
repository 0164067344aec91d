import type { Finding } from '../../benchmark/finding.js';

/** What was found about a run, so short that it stands in a list; the result has the sentence. */
export const findingWords: Readonly<Record<Finding['code'], string>> = {
  output_changed: 'another answer',
  runs_lost: 'runs lost',
  prompt_truncated: 'prompt cut',
  model_reloaded: 'model reloaded',
  arrivals_clumped: 'tokens in clumps',
  implausible_usage: 'implausible counts',
  gpu_lost: 'GPU lost',
  partly_on_cpu: 'partly on the CPU',
  thermal_throttling: 'throttled by heat',
  power_throttling: 'throttled by power',
  pcie_link_degraded: 'slow PCIe link',
  vram_nearly_full: 'VRAM nearly full',
  ecc_errors: 'ECC errors',
  spill_to_system_memory: 'spilled to RAM',
  low_utilisation: 'GPU hardly used',
  other_gpu_process: 'other program on the GPU',
  client_gap: 'server says otherwise',
  noisy_result: 'noisy',
};
