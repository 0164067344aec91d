import * as z from 'zod';
import { signalNames } from '../../trends/signal.js';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';
import { trendsAnswerSchema } from '../trends-answer.js';

const filters = {
  target: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  test: z.string().min(1).optional(),
};

const MOST_POINTS = 500;

export const trendsParameters = z.strictObject({
  ...filters,
  points: z.coerce.number().int().min(0).max(MOST_POINTS).default(50).meta({
    description: 'How many of each series at most: the last ones, or of a time the one in the middle of each stretch',
  }),
  from: z.iso.datetime().optional().meta({ description: 'Points of a time instead of the last ones' }),
  to: z.iso.datetime().optional(),
  signal: z.enum(signalNames).default('decode_speed').meta({ description: 'Which figure tells the middle' }),
});

export const listTrends = route({
  method: 'get',
  path: '/trends',
  summary: 'Baseline, regression and drift of every series, with its last runs',
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () => trendsParameters,
  answers: () => ({
    200: { description: 'No series where nothing was measured yet', schema: trendsAnswerSchema.meta({ id: 'Trends' }) },
    422: { description: 'A bad parameter' },
  }),
  async handle({ query }, { trends }, context) {
    context.body = await trends(query);
  },
});

const word = z.strictObject({ reason: z.string().trim().min(1).max(500), ...filters });

function userWord(kind: 'new_normal' | 'not_a_regression', path: string, summary: string, answer: string) {
  return route({
    method: 'post',
    path,
    summary,
    tag: 'trends',
    changes: true,
    params: () => z.strictObject({}),
    query: () => word,
    answers: () => ({
      200: {
        description: answer,
        schema: z.object({ at: z.iso.datetime(), reason: z.string(), series: z.number().int() }),
      },
      404: { description: 'No series is of these' },
      422: { description: 'The reason is missing, or another parameter is bad' },
    }),
    async handle({ query: { reason, target, model, test } }, { resetBaseline, now }, context) {
      const at = now().toISOString();
      const series = await resetBaseline({
        at,
        reason,
        ...(kind === 'new_normal' ? {} : { kind }),
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
}

export const resetTrendBaseline = userWord(
  'new_normal',
  '/trends/baseline',
  'Declare what follows to be the new normal of all series, or of those of a target, a model, a test',
  'How many series begin a new baseline with their next run',
);

export const dismissRegression = userWord(
  'not_a_regression',
  '/trends/dismissal',
  'Declare what is told of all series, or of those of a target, a model, a test, to be no regression',
  'How many series are no longer told to be worse; their baseline stays, and if later runs are as slow they are told again',
);
