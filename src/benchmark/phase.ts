/** Where a runner can be. The names are shared with other engines' runners, so that one reader understands all. */
export const runnerPhases = [
  'created',
  'idle',
  'connect_group',
  'load_model',
  'warmup',
  'task_submission',
  'task_agreement',
  'prompt_build',
  'vision_preprocess',
  'kv_cache_lookup',
  'prefill_barrier',
  'prefill_pipeline',
  'prefill_stream',
  'decode_barrier',
  'decode_wait_first_token',
  'decode_stream',
  'parser',
  'cancel_requested',
  'cancel_observed',
  'completion',
  'error',
  'shutdown_cleanup',
] as const;

export type RunnerPhase = (typeof runnerPhases)[number];
