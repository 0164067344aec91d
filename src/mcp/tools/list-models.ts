import * as z from 'zod';
import { modelListSchema } from '../../trends/measured/model-list.js';
import { modelsMarkdown } from '../../trends/measured/models-markdown.js';
import { tool } from '../tool.js';

export const listModels = tool({
  name: 'list_models',
  title: 'List measured models',
  description:
    'Every model that was ever measured on this machine with its newest figures (decode and prefill tokens per second, time to first token, peak VRAM, joules per token), the best first, and whether it got worse.',
  changes: false,
  input: z.strictObject({
    sort: modelListSchema.shape.sorted_by.default('decode').meta({ description: 'What to rank by' }),
  }),
  output: modelListSchema,
  handle: async ({ sort }, { services }) => {
    const list = await services.models(sort);
    const none = 'No model has been measured yet. Measure one with run_benchmark.';
    return { text: list.models.length === 0 ? none : modelsMarkdown(list), content: list };
  },
});
