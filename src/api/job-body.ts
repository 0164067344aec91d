import { jobSchema } from '../jobs/job.js';

/** A job as the endpoints answer it; one object, because the document knows a schema by its name. */
export const jobBody = jobSchema.meta({ id: 'Job' });
