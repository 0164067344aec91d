import * as z from 'zod';
import type { BenchmarkResult } from '../../benchmark/result.js';
import { resultsIn } from '../../judging/sharing/result-file.js';
import { runComparisonSchema } from '../../trends/comparison/run-comparison.js';
import { ApiError } from '../api-error.js';
import type { ApiServices } from '../api-services.js';
import { route } from '../route.js';

const LEAST = 2;
/** More lines than anybody tells apart on one plot. */
const MOST = 6;

const answers = {
  200: { description: 'Each run, and each but the first beside the first', schema: runComparisonSchema },
  404: { description: 'No such run' },
  422: { description: 'Fewer than two or more than six runs, or what is no result of a run' },
} as const;

export const compareRecorded = route({
  method: 'get',
  path: '/compare',
  summary: 'Two to six recorded runs side by side, by the judge of `typhon compare`',
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () =>
    z.strictObject({
      run: z
        .array(z.string(), 'expected two to six of them: run=…&run=…')
        .min(LEAST)
        .max(MOST)
        .meta({ description: 'Ids of runs, the one that the others are held against first' }),
    }),
  answers: () => answers,
  async handle({ query: { run } }, services, context) {
    context.body = await services.compare(await Promise.all(run.map(services.readResult)));
  },
});

export const compareResults = route({
  method: 'post',
  path: '/compare',
  summary: 'Recorded runs, and results or shared figures of other machines, side by side; nothing of it is kept',
  tag: 'trends',
  changes: false,
  mostBodyBytes: 2 ** 20,
  params: () => z.strictObject({}),
  query: () =>
    z.strictObject({
      runs: z
        .array(z.union([z.string(), z.looseObject({})]))
        .min(LEAST)
        .max(MOST)
        .meta({
          description:
            'Ids of runs, and the contents of `result.json` files of any machine or of `typhon export --share`, with one model each',
        }),
    }),
  answers: () => ({ ...answers, 413: { description: 'More than 1 MiB' } }),
  async handle({ query: { runs } }, services, context) {
    const results = await Promise.all(runs.map((run, index) => resultOf(run, index, services)));
    context.body = await services.compare(results);
  },
});

async function resultOf(
  run: string | object,
  index: number,
  { readResult }: Pick<ApiServices, 'readResult'>,
): Promise<BenchmarkResult> {
  if (typeof run === 'string') return readResult(run);
  const results = resultsIn(run);
  if ('problem' in results) throw new ApiError(422, `runs.${index}: ${results.problem}`);
  const [result, ...others] = results;
  if (result !== undefined && others.length === 0) return result;
  throw new ApiError(
    422,
    `runs.${index}: expected shared figures of one model, got ${results.length}: send one of \`models\`.`,
  );
}
