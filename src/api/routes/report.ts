import * as z from 'zod';
import { fullReportSchema } from '../../trends/report/machine-report.js';
import { reportMarkdown } from '../../trends/report/report-markdown.js';
import { ApiError } from '../api-error.js';
import { route } from '../route.js';

const MARKDOWN = 'text/markdown';

export const report = route({
  method: 'get',
  path: '/report',
  summary:
    'Whether the machine is well, the last run, the context it suggests, and what became worse; as Markdown when asked for',
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () => z.strictObject({ format: z.enum(['json', 'markdown']).optional() }),
  answers: () => ({
    200: {
      description: 'The report, as `format` or `Accept` asks for it',
      schema: fullReportSchema.meta({ id: 'MachineReport' }),
      mediaType: MARKDOWN,
    },
    404: { description: 'Nothing was measured yet' },
    422: { description: 'A bad parameter' },
  }),
  async handle({ query }, services, context) {
    const recorded = await services.report();
    if (recorded === undefined)
      throw new ApiError(404, 'No benchmark has been recorded yet. Start one: POST /jobs/run');
    const found = { ...recorded, verdict: await services.verdict() };
    context.vary('Accept');
    const format = query.format ?? (context.accepts('application/json', MARKDOWN) === MARKDOWN ? 'markdown' : 'json');
    if (format === 'json') {
      context.body = found;
      return;
    }
    context.body = `${reportMarkdown(found)}\n`;
    context.type = `${MARKDOWN}; charset=utf-8`;
  },
});
