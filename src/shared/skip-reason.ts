/** Why a scheduled job does not take place when its turn has come. */
const jobSkipReasons = ['server_busy', 'gpu_busy', 'server_asleep', 'model_not_loaded'] as const;
export type JobSkipReason = (typeof jobSkipReasons)[number];

/** Why a scheduled run did not take place, whether its turn came or not. */
export const scheduleSkipReasons = [...jobSkipReasons, 'paused', 'still_waiting', 'queue_full', 'late'] as const;
export type ScheduleSkipReason = (typeof scheduleSkipReasons)[number];
