import { jobOf, jobParams } from '../../api/routes/jobs.js';
import { awaitJobs, waitSeconds } from '../job-wait.js';
import { jobsAnswer, jobsSchema } from '../jobs-answer.js';
import { tool } from '../tool.js';

export const getJob = tool({
  name: 'get_job',
  title: 'Look at a benchmark',
  description: 'A benchmark by its job: whether it waits, runs or has ended, how far it is, and its result.',
  changes: false,
  input: jobParams.extend({ wait_s: waitSeconds.default(0) }),
  output: jobsSchema,
  handle: async ({ job_id: id, wait_s: seconds }, call) => {
    const { job_id } = jobOf(id, call.services);
    await awaitJobs([job_id], seconds, call);
    return jobsAnswer([job_id], call.services);
  },
});
