import * as z from 'zod';
import { findingCodes } from '../../benchmark/finding.js';
import { benchmarkModes } from '../../benchmark/plan.js';
import { type Job, jobStatuses } from '../../jobs/job.js';
import type { RunHeadline } from '../../judging/run-headlines.js';
import type { ApiServices } from '../api-services.js';
import { historyCsv } from '../history-csv.js';
import { type HistoryEntry, historyEntrySchema } from '../history-entry.js';
import { route } from '../route.js';

const DEFAULT_PAGE = 50;
const MOST = 10_000;
const name = z.string().min(1).max(512).optional();

const query = z.strictObject({
  status: z.enum(jobStatuses).optional(),
  mode: z.enum(benchmarkModes).optional(),
  trigger: name.meta({ description: '`api`, `cli`, `schedule`, or one schedule as `schedule:<name>`' }),
  target: name,
  model: name,
  finding: z.enum(findingCodes).optional().meta({ description: 'Of any test of the run' }),
  from: z.iso.datetime().optional().meta({ description: 'Asked for at this time or later' }),
  to: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(MOST).default(DEFAULT_PAGE),
  offset: z.coerce.number().int().min(0).default(0),
  format: z.enum(['json', 'csv']).default('json'),
});
type Query = z.infer<typeof query>;

const historySchema = z
  .object({
    total: z.number().int().meta({ description: 'How many jobs are like that' }),
    entries: z.array(historyEntrySchema).meta({ description: 'The newest first' }),
    targets: z.array(z.string()).meta({ description: 'Of all jobs there are, by name' }),
    models: z.array(z.string()),
  })
  .meta({ id: 'History' });
export type HistoryAnswer = z.infer<typeof historySchema>;

export const history = route({
  method: 'get',
  path: '/history',
  summary: 'Jobs with the headline figures and findings of their runs, newest first, by pages, as JSON or CSV',
  tag: 'jobs',
  changes: false,
  params: () => z.strictObject({}),
  query: () => query,
  answers: () => ({
    200: { description: 'As CSV one line a job, below a line of names', schema: historySchema, mediaType: 'text/csv' },
    422: { description: 'A parameter is wrong' },
  }),
  async handle({ query: asked }, services, context) {
    const jobs = services.store.page({ limit: Number.POSITIVE_INFINITY });
    const wanted = await wantedOf(jobs, asked, services);
    const shown = wanted.slice(asked.offset, asked.offset + asked.limit);
    const entries = await withFigures(shown, services);
    if (asked.format === 'csv') {
      context.type = 'text/csv; charset=utf-8';
      context.body = historyCsv(entries);
      return;
    }
    const body: HistoryAnswer = {
      total: wanted.length,
      entries,
      targets: namesOf(jobs.map(({ target }) => target)),
      models: namesOf(jobs.map(({ model }) => model)),
    };
    context.body = body;
  },
});

async function wantedOf(jobs: readonly Job[], asked: Query, { headlines }: ApiServices): Promise<readonly Job[]> {
  const { finding } = asked;
  const wanted = jobs.filter((job) => isWanted(job, asked));
  if (finding === undefined) return wanted;
  const known = await headlines(runIdsOf(wanted));
  return wanted.filter(({ run_id: id }) => id !== null && known.get(id)?.findings.includes(finding) === true);
}

function isWanted(job: Job, { status, mode, trigger, target, model, from, to }: Query): boolean {
  const askedAt = Date.parse(job.created_at);
  return (
    (status ?? job.status) === job.status &&
    (mode ?? job.mode) === job.mode &&
    (target ?? job.target) === job.target &&
    (model ?? job.model) === job.model &&
    (trigger === undefined || job.trigger === trigger || job.trigger.startsWith(`${trigger}:`)) &&
    (from === undefined || askedAt >= Date.parse(from)) &&
    (to === undefined || askedAt <= Date.parse(to))
  );
}

async function withFigures(jobs: readonly Job[], { headlines }: ApiServices): Promise<HistoryEntry[]> {
  const known: ReadonlyMap<string, RunHeadline> = await headlines(runIdsOf(jobs));
  return jobs.map((job) => ({ job, figures: known.get(job.run_id ?? '') ?? null }));
}

function runIdsOf(jobs: readonly Job[]): readonly string[] {
  return jobs.flatMap(({ run_id: id }) => id ?? []);
}

function namesOf(names: readonly (string | null)[]): string[] {
  return [...new Set(names)].filter((one) => one !== null).toSorted();
}
