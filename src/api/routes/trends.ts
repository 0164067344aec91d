import * as z from 'zod';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';
import { trendsAnswerSchema } from '../trends-answer.js';

const filters = {
  target: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  test: z.string().min(1).optional(),
};

const MOST_POINTS = 500;

export const listTrends = route({
  method: 'get',
  path: '/trends',
  summary: 'Baseline, regression and drift of every series, with its last runs',
  tag: 'trends',
  changes: false,
  params: z.strictObject({}),
  query: z.strictObject({ ...filters, points: z.coerce.number().int().min(0).max(MOST_POINTS).default(50) }),
  answers: {
    200: { description: 'No series where nothing was measured yet', schema: trendsAnswerSchema.meta({ id: 'Trends' }) },
    422: { description: 'A bad parameter' },
  },
  async handle({ query }, { trends }, context) {
    context.body = await trends(query);
  },
});

export const resetTrendBaseline = route({
  method: 'post',
  path: '/trends/baseline',
  summary: 'Declare what follows to be the new normal of all series, or of those of a target, a model, a test',
  tag: 'trends',
  changes: true,
  params: z.strictObject({}),
  query: z.strictObject({ reason: z.string().trim().min(1).max(500), ...filters }),
  answers: {
    200: {
      description: 'How many series begin a new baseline with their next run',
      schema: z.object({ at: z.iso.datetime(), reason: z.string(), series: z.number().int() }),
    },
    404: { description: 'No series is of these' },
    422: { description: 'The reason is missing, or another parameter is bad' },
  },
  async handle({ query: { reason, target, model, test } }, { resetBaseline, now }, context) {
    const at = now().toISOString();
    const series = await resetBaseline({
      at,
      reason,
      series: {
        ...(target === undefined ? {} : { target }),
        ...(model === undefined ? {} : { model }),
        ...(test === undefined ? {} : { test_id: test }),
      },
    });
    if (series === 0) throw new ApiError(404, 'No series is of these: GET /trends lists them.');
    context.body = { at, reason, series };
  },
});
