import * as z from 'zod';
import { durationPattern, parseDuration } from '../../config/duration.js';
import { changesSinceSchema, changesWords } from '../../trends/changes/changes-since.js';
import { tool } from '../tool.js';

const name = z.string().min(1).max(2048).optional();
const since = z.union([z.string().regex(durationPattern), z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'expected a duration such as 7d or 12h, or a time such as 2026-11-21T14:30:00Z',
});

export const whatChanged = tool({
  name: 'what_changed',
  title: 'What changed since',
  description:
    'Whether a model is slower than it was some time ago, and why: the newest run beside the one from then, what changed between them (driver, server, model file, clocks, kernel, …) and when, and what is worse for good.',
  changes: false,
  input: z.strictObject({
    since: since.default('7d').meta({ description: 'A duration back from now (7d, 12h) or a time (RFC 3339)' }),
    target: name.meta({ description: "A target's name; without it that of the newest run" }),
    model: name.meta({ description: 'A model; without it that of the newest run' }),
  }),
  output: changesSinceSchema,
  handle: async ({ since, target, model }, { services }) => {
    const backMs = parseDuration(since);
    const from = backMs === undefined ? new Date(since) : new Date(services.now().getTime() - backMs);
    const found = await services.changesSince({ since: from, target, model });
    return { text: changesWords(found), content: found };
  },
});
