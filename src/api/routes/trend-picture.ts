import * as z from 'zod';
import { latency, speed } from '../../shared/figure-text.js';
import { verdictLook } from '../../shared/verdict-state.js';
import { ApiError } from '../api-error.js';
import { answerSvg, SVG } from '../pictures/svg-answer.js';
import { trendSvg } from '../pictures/trend-svg.js';
import { route } from '../route.js';

const RUNS = 100;
const SHORT_PROMPT = 'baseline_short';

const figures = {
  decode: { signal: 'decode_speed', words: 'decode', format: (value: number) => `${speed(value)} tokens/s` },
  prefill: { signal: 'prefill_speed', words: 'prefill', format: (value: number) => `${speed(value)} tokens/s` },
  ttft: { signal: 'ttft', words: 'first token', format: (value: number) => latency(value) },
} as const;

export const trendPicture = route({
  method: 'get',
  path: '/trend.svg',
  summary: `A figure of the short prompt over the last ${RUNS} runs of a model, as a picture for READMEs and dashboards`,
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () =>
    z.strictObject({
      target: z.string().min(1).optional().meta({ description: 'Without it and without `model` the worst of all' }),
      model: z.string().min(1).optional(),
      figure: z.enum(['decode', 'prefill', 'ttft']).default('decode'),
    }),
  answers: () => ({
    200: { description: 'SVG without scripts, light and dark, which may be kept for a minute', mediaType: SVG },
    404: { description: 'No such target or model' },
    422: { description: 'A bad parameter' },
  }),
  async handle({ query: { target, model, figure } }, { verdict, trends }, context) {
    const { targets } = await verdict();
    // The worst comes first.
    const chosen = targets.find((one) => (target ?? one.target) === one.target && (model ?? one.model) === one.model);
    if (chosen === undefined && (target !== undefined || model !== undefined)) {
      throw new ApiError(404, 'No such target or model: GET /status lists them.');
    }
    const { signal, words, format } = figures[figure];
    const asked = chosen && {
      target: chosen.target,
      model: chosen.model ?? undefined,
      test: SHORT_PROMPT,
      points: RUNS,
    };
    // That of the newest run comes last.
    const series = asked === undefined ? undefined : (await trends(asked)).series.at(-1);
    const trend = series?.signals.find((one) => one.signal === signal);
    const points = (series?.points ?? []).flatMap((point) => {
      const value = point[signal];
      return value === null ? [] : [{ at: point.run_at, value }];
    });
    const name = [chosen?.model, chosen?.target].filter((part) => typeof part === 'string').join(' on ') || 'typhon';
    const look = chosen && verdictLook(chosen);
    const holds = chosen !== undefined && ['well', 'slower', 'pending'].includes(chosen.state);
    const current = holds ? trend?.current?.median : undefined;
    answerSvg(
      trendSvg({
        title: `${name}: ${words}`,
        value: current === undefined ? (look?.word.toLowerCase() ?? 'not measured yet') : format(current),
        tone: look?.tone ?? 'rest',
        points,
        baseline: trend?.baseline ?? undefined,
        format,
      }),
      context,
    );
  },
});
