import * as z from 'zod';
import { route } from '../route.js';

export const metrics = route({
  method: 'get',
  path: '/metrics',
  summary: 'What was measured and how the agent does, for Prometheus; OpenMetrics when asked for by `Accept`',
  tag: 'metrics',
  changes: false,
  params: () => z.strictObject({}),
  // Scrapers of every maker come here, some with parameters of their own.
  query: () => z.looseObject({}),
  answers: () => ({ 200: { description: 'All metrics', mediaType: 'text/plain' } }),
  async handle(_input, services, context) {
    const scrape = await services.metrics.scrape(context.get('accept'));
    context.set({ 'content-type': scrape.contentType, vary: 'Accept, Accept-Encoding' });
    if (context.acceptsEncodings('gzip', 'identity') !== 'gzip') {
      context.body = scrape.body;
      return;
    }
    context.set('content-encoding', 'gzip');
    context.body = await scrape.gzipped();
  },
});
