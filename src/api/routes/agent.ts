import * as z from 'zod';
import { machineScanSchema } from '../../runner/machine-scan.js';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';

const none = z.strictObject({});

export const scan = route({
  method: 'post',
  path: '/scan',
  summary: 'Look at the hardware and the servers anew',
  tag: 'agent',
  changes: true,
  params: () => none,
  query: () => none,
  answers: () => ({
    200: {
      description: 'The hardware, and the servers that answered',
      schema: machineScanSchema.meta({ id: 'MachineScan' }),
    },
    409: { description: 'A benchmark is running: reading the inventory would disturb it' },
  }),
  async handle(_input, { scan: read, queue }, context) {
    const job = queue.running;
    if (job !== undefined) throw new ApiError(409, `Job '${job.job_id}' is running: a scan would disturb it.`);
    const gone = new AbortController();
    context.res.on('close', () => gone.abort());
    context.body = await read(gone.signal);
  },
});

export const reload = route({
  method: 'post',
  path: '/-/reload',
  summary: 'Read the configuration again; a bad one changes nothing',
  tag: 'agent',
  changes: true,
  params: () => none,
  query: () => none,
  answers: () => ({
    200: { description: 'The new configuration is in force', mediaType: 'text/plain' },
    400: { description: 'It is not valid; the reasons are in `detail`' },
  }),
  async handle(_input, { reload: again }, context) {
    const outcome = await again();
    if (!outcome.reloaded) throw new ApiError(400, outcome.reasons);
    context.type = 'text/plain; charset=utf-8';
    context.body = 'The configuration has been reloaded.\n';
  },
});
