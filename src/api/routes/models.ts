import * as z from 'zod';
import { modelListSchema } from '../../trends/measured/model-list.js';
import { runListSchema } from '../../trends/measured/run-list.js';
import { route } from '../route.js';

export const listModels = route({
  method: 'get',
  path: '/models',
  summary: 'Every model that was ever measured here with its newest figures, the best first',
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () => z.strictObject({ sort: modelListSchema.shape.sorted_by.default('decode') }),
  answers: () => ({
    200: { description: 'No model where nothing was measured yet', schema: modelListSchema.meta({ id: 'Models' }) },
    422: { description: 'A bad parameter' },
  }),
  async handle({ query }, services, context) {
    context.body = await services.models(query.sort);
  },
});

const MOST_RUNS = 500;

export const listRuns = route({
  method: 'get',
  path: '/runs',
  summary: 'The newest runs with their headline figures, newest first',
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () => z.strictObject({ limit: z.coerce.number().int().min(1).max(MOST_RUNS).default(20) }),
  answers: () => ({
    200: { description: 'No run where nothing was measured yet', schema: runListSchema.meta({ id: 'Runs' }) },
    422: { description: 'A bad parameter' },
  }),
  async handle({ query }, services, context) {
    context.body = await services.runs(query.limit);
  },
});
