import * as z from 'zod';
import { comparisonText } from '../../commands/output/comparison-text.js';
import { comparisonSchema } from '../../trends/comparison/run-comparison.js';
import { tool } from '../tool.js';

const run = z.string().min(1).max(512);

export const compareRuns = tool({
  name: 'compare_runs',
  title: 'Compare two runs',
  description:
    'Two benchmarks side by side. Of one model and workload each test has a verdict (worse, better, no difference beyond noise) and what changed is named; of two models the figures stand beside each other.',
  changes: false,
  input: z.strictObject({
    before: run.default('previous').meta({
      description: "A run's id, the beginning of one, a job's id, `latest`, `previous`, MODEL, or MODEL@TARGET",
    }),
    after: run.default('latest').meta({ description: 'The same, of what may be worse' }),
  }),
  // Under a name of its own it would be a reference to itself.
  output: z.object(comparisonSchema.shape),
  handle: async (asked, { services }) => {
    const comparison = await services.compareNamed(asked);
    return { text: comparisonText(comparison), content: comparison };
  },
});
