import { z } from 'zod';
import { hardwareProfileSchema } from '../../hardware/profile.js';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';

const none = z.strictObject({});

export const scan = route({
  method: 'post',
  path: '/scan',
  summary: 'Read the hardware anew',
  tag: 'agent',
  changes: true,
  params: none,
  query: none,
  answers: {
    200: { description: 'The hardware profile', schema: hardwareProfileSchema.meta({ id: 'HardwareProfile' }) },
    409: { description: 'A benchmark is running: reading the inventory would disturb it' },
  },
  async handle(_input, { scan: read, queue }, context) {
    const job = queue.running;
    if (job !== undefined) throw new ApiError(409, `Job '${job.job_id}' is running: a scan would disturb it.`);
    context.body = await read();
  },
});

export const reload = route({
  method: 'post',
  path: '/-/reload',
  summary: 'Read the configuration again; a bad one changes nothing',
  tag: 'agent',
  changes: true,
  params: none,
  query: none,
  answers: {
    200: { description: 'The new configuration is in force', mediaType: 'text/plain' },
    400: { description: 'It is not valid; the reasons are in `detail`' },
  },
  async handle(_input, { reload: again }, context) {
    const outcome = await again();
    if (!outcome.reloaded) throw new ApiError(400, outcome.reasons);
    context.type = 'text/plain; charset=utf-8';
    context.body = 'The configuration has been reloaded.\n';
  },
});
