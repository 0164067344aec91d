import { z } from 'zod';
import { machineReportSchema } from '../../trends/machine-report.js';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';

const none = z.strictObject({});

export const report = route({
  method: 'get',
  path: '/report',
  summary: 'The last run, the context it suggests, and where the machine became worse',
  tag: 'trends',
  changes: false,
  params: none,
  query: none,
  answers: {
    200: { description: 'The report', schema: machineReportSchema.meta({ id: 'MachineReport' }) },
    404: { description: 'Nothing was measured yet' },
  },
  async handle(_input, services, context) {
    const found = await services.report();
    if (found === undefined) throw new ApiError(404, 'No benchmark has been recorded yet. Start one: POST /jobs/run');
    context.body = found;
  },
});
