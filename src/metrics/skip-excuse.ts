/** Which skips excuse that a schedule does not run. */
import { type ScheduleSkipReason, scheduleSkipReasons } from '../shared/skip-reason.js';

/** Not those that are the symptom of a job that hangs: the run of before still waits, or the queue is full. */
const excuses: Readonly<Record<ScheduleSkipReason, boolean>> = {
  server_busy: true,
  gpu_busy: true,
  server_asleep: true,
  model_not_loaded: true,
  paused: true,
  late: true,
  still_waiting: false,
  queue_full: false,
};

export const excusingSkipReasons: readonly ScheduleSkipReason[] = scheduleSkipReasons.filter(
  (reason) => excuses[reason],
);
