import * as z from 'zod';
import { fullReportSchema } from '../../trends/report/machine-report.js';
import { reportMarkdown } from '../../trends/report/report-markdown.js';
import { NothingRecordedError } from '../nothing-recorded-error.js';
import { tool } from '../tool.js';

export const getReport = tool({
  name: 'get_report',
  title: 'Report on this machine',
  description:
    'Whether the machine is well, the last benchmark with its hardware and figures, the context size that it suggests, what became worse and since when, and what was found.',
  changes: false,
  input: z.strictObject({}),
  output: fullReportSchema,
  handle: async (_input, { services }) => {
    const recorded = await services.report();
    if (recorded === undefined) throw new NothingRecordedError();
    const report = { ...recorded, verdict: await services.verdict() };
    return { text: reportMarkdown(report), content: report };
  },
});
