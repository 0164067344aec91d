/** What happened that somebody may want to be told: plain JSON, kept on disk until it is delivered. */
import * as z from 'zod';
import { benchmarkModes } from '../benchmark/plan.js';
import { signalNames } from '../trends/signal.js';

const common = {
  /** The same text for the same event and no other: nobody is told twice, and a receiver can tell a repetition. */
  id: z.string(),
  at: z.iso.datetime(),
  /** The machine's host name. */
  machine: z.string(),
};

const measured = { run_id: z.string(), target: z.string(), model: z.string() };

const findingSchema = z.object({
  test_id: z.string(),
  signal: z.enum(signalNames),
  /** When the first bad run took place. */
  since: z.iso.datetime(),
  /** The bad level over the baseline, less 1: −0.12 for a speed that fell by 12 %. */
  change_ratio: z.number(),
});
export type NotifiedFinding = z.infer<typeof findingSchema>;

/** Why a time of a schedule went by without a run. */
const missReasons = ['server_busy', 'gpu_busy', 'still_waiting', 'queue_full', 'late', 'agent_down'] as const;

export const notificationEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('run_failure'),
    ...common,
    job_id: z.string(),
    mode: z.enum(benchmarkModes),
    /** `api`, or `schedule:` and the schedule's name. */
    trigger: z.string(),
    target: z.string().nullable(),
    model: z.string().nullable(),
    error: z.string(),
    detail: z.string().nullable(),
  }),
  z.object({
    event: z.literal('regression_start'),
    ...common,
    ...measured,
    findings: z.array(findingSchema),
    /** What differs between the last good runs and the bad ones, the likeliest cause first; `null` where unknown. */
    changes: z.string().nullable(),
  }),
  z.object({
    event: z.literal('output_changed'),
    ...common,
    ...measured,
    /** When the reference's run took place. */
    reference_run_at: z.iso.datetime(),
    /** The finding of the run. */
    detail: z.string(),
  }),
  z.object({ event: z.literal('recovery'), ...common, ...measured, findings: z.array(findingSchema) }),
  z.object({
    event: z.literal('missed_schedule'),
    ...common,
    schedule: z.string(),
    target: z.string().nullable(),
    reason: z.enum(missReasons),
    detail: z.string(),
    /** How many times of the schedule went by. */
    missed: z.number().int(),
  }),
  z.object({ event: z.literal('test'), ...common }),
]);

/** `test` is sent by `typhon notify test` alone. */
export type NotificationEvent = z.infer<typeof notificationEventSchema>;
