import { createHash } from 'node:crypto';
import { WORKLOAD_VERSION } from './plan.js';
import { builtInPrompts, type Prompts } from './prompts.js';

/** The version that results carry: the number alone for the built-in prompts, with a digest of any others appended. */
export function workloadVersion(prompts: Prompts): number | string {
  if (prompts.short === builtInPrompts.short && prompts.long === builtInPrompts.long) return WORKLOAD_VERSION;
  const digest = createHash('sha256')
    .update(JSON.stringify([prompts.short, prompts.long]))
    .digest('hex');
  return `${WORKLOAD_VERSION}-custom-${digest.slice(0, 8)}`;
}
