import type { Config } from '../config/schema.js';
import type { Job } from '../jobs/job.js';
import type { JobStore } from '../jobs/job-store.js';
import { targetNamed } from '../servers/target.js';
import { estimatedMs, PAST_RUNS } from '../shared/run-estimate.js';

export interface UsualDurationOptions {
  readonly config: () => Config;
  readonly store: Pick<JobStore, 'page'>;
}

/** How long a job will take by those of its kind, in milliseconds, as `GET /estimate` has it; `undefined` before the first. */
export function usualDuration({ config, store }: UsualDurationOptions): (job: Job) => number | undefined {
  return ({ mode, target, model }) =>
    estimatedMs(store.page({ status: 'done', mode, limit: PAST_RUNS }), {
      mode,
      target: nameOf(target ?? undefined, config()),
      model: model === null || model === 'auto' ? undefined : model,
    });
}

/** As the results name it; `undefined` for one that is to be discovered. */
function nameOf(target: string | undefined, { targets }: Config): string | undefined {
  const configured = targetNamed({ configured: targets, target });
  return configured ?? (target !== undefined && URL.canParse(target) ? new URL(target).host : target);
}
