/** A job as the history shows it: with the headline figures of its run. */
import * as z from 'zod';
import { runHeadlineSchema } from '../judging/run-headlines.js';
import { jobBody } from './job-body.js';

export const historyEntrySchema = z.object({
  job: jobBody,
  figures: runHeadlineSchema.nullable().meta({ description: 'null without a run, and where retention has taken it' }),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;
