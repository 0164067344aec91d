import { jobOf, jobParams } from '../../api/routes/jobs.js';
import { jobsAnswer, jobsSchema } from '../jobs-answer.js';
import { tool } from '../tool.js';

export const cancelJob = tool({
  name: 'cancel_job',
  title: 'Cancel a benchmark',
  description: 'Stops a running or waiting benchmark; nothing of it is recorded.',
  changes: true,
  input: jobParams,
  output: jobsSchema,
  handle: async ({ job_id: id }, { services }) => {
    const { job_id } = await services.queue.cancel(jobOf(id, services).job_id);
    const { content } = await jobsAnswer([job_id], services);
    return { text: `Job ${job_id} is cancelled; nothing of it is recorded.`, content };
  },
});
