import * as z from 'zod';
import { benchmarkModes } from '../../benchmark/plan.js';
import { estimatedBatch, PAST_RUNS } from '../../shared/run-estimate.js';
import { ApiError } from '../api-error.js';
import { askedModels, modelsAsked } from '../asked-models.js';
import { route } from '../route.js';

const estimateSchema = z
  .object({
    mode: z.enum(benchmarkModes),
    target: z.string().nullable(),
    models: z
      .array(
        z.object({
          model: z.string().nullable().meta({ description: 'null: the one that is loaded' }),
          seconds: z.number().nullable().meta({
            description: 'Median of its last five in that mode, with what loading it took; null: never measured',
          }),
        }),
      )
      .meta({ description: 'In the order in which they would be measured, a job for each' }),
    seconds: z
      .number()
      .nullable()
      .meta({ description: 'Of all together, where one never measured takes as long as the others do' }),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof estimateSchema>;

export const estimate = route({
  method: 'get',
  path: '/estimate',
  summary: 'How long a benchmark would take, by those that were done',
  tag: 'jobs',
  changes: false,
  params: () => z.strictObject({}),
  query: () =>
    z.strictObject({
      mode: z.enum(benchmarkModes).default('full'),
      target: z.string().min(1).optional().meta({ description: "A configured target's name; else the first" }),
      model: askedModels,
    }),
  answers: () => ({
    200: { description: 'Of each model that would be measured, and of the whole', schema: estimateSchema },
    422: { description: 'A parameter is wrong' },
  }),
  async handle({ query }, { store, config, findModels }, context) {
    const { mode, target: name = config().targets[0]?.name, model } = query;
    // Nobody has the agent look at an address who may not have it run there.
    if (name !== undefined && !config().targets.some((target) => target.name === name)) {
      throw new ApiError(422, `target: expected the name of a configured target, got '${name}'`);
    }
    const asked = await modelsAsked({ target: name, model }, findModels);
    const models = asked.map((one) => (one === 'auto' ? undefined : one));
    const past = store.page({ status: 'done', mode, limit: PAST_RUNS });
    const { each, wholeMs } = estimatedBatch(past, { mode, target: name }, models);
    const seconds = (ms: number | undefined) => (ms === undefined ? null : ms / 1000);
    const body: Estimate = {
      mode,
      target: name ?? null,
      models: models.map((one, index) => ({ model: one ?? null, seconds: seconds(each[index]) })),
      seconds: seconds(wholeMs),
    };
    context.body = body;
  },
});
