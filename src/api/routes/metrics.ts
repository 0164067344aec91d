import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { z } from 'zod';
import { route } from '../route.js';

const compressed = promisify(gzip);

export const metrics = route({
  method: 'get',
  path: '/metrics',
  summary: 'What was measured and how the agent does, for Prometheus; OpenMetrics when asked for by `Accept`',
  tag: 'metrics',
  changes: false,
  params: z.strictObject({}),
  // Scrapers of every maker come here, some with parameters of their own.
  query: z.looseObject({}),
  answers: { 200: { description: 'All metrics', mediaType: 'text/plain' } },
  async handle(_input, services, context) {
    const { contentType, body } = await services.metrics.scrape(context.get('accept'));
    context.set({ 'content-type': contentType, vary: 'Accept, Accept-Encoding' });
    if (context.acceptsEncodings('gzip', 'identity') !== 'gzip') {
      context.body = body;
      return;
    }
    context.set('content-encoding', 'gzip');
    // The fastest level: the text repeats itself so much that more effort saves little.
    context.body = await compressed(body, { level: constants.Z_BEST_SPEED });
  },
});
