import * as z from 'zod';
import { latency, speed } from '../../shared/figure-text.js';
import { verdictLook } from '../../shared/verdict-state.js';
import type { TargetVerdict } from '../../trends/verdict/machine-verdict.js';
import { ApiError } from '../api-error.js';
import type { ApiServices } from '../api-services.js';
import { badgeSvg } from '../pictures/badge-svg.js';
import { answerSvg, SVG } from '../pictures/svg-answer.js';
import { route } from '../route.js';

const SHORT_PROMPT = 'baseline_short';

const figures = {
  decode: { signal: 'decode_speed', words: (value: number) => `${speed(value)} tokens/s` },
  prefill: { signal: 'prefill_speed', words: (value: number) => `${speed(value)} tokens/s prefill` },
  ttft: { signal: 'ttft', words: (value: number) => `first token ${latency(value)}` },
} as const;

export const badge = route({
  method: 'get',
  path: '/badge.svg',
  summary: 'The verdict as a badge for READMEs and dashboards; or a figure of the short prompt, where it holds today',
  tag: 'trends',
  changes: false,
  params: () => z.strictObject({}),
  query: () =>
    z.strictObject({
      target: z.string().min(1).optional(),
      model: z.string().min(1).optional(),
      figure: z.enum(['decode', 'prefill', 'ttft']).optional(),
    }),
  answers: () => ({
    200: { description: 'SVG without scripts, which may be kept for a minute', mediaType: SVG },
    404: { description: 'No such target or model' },
    422: { description: 'A bad parameter' },
  }),
  async handle({ query: { target, model, figure } }, { verdict, trends }, context) {
    const machine = await verdict();
    const isAsked = (one: TargetVerdict) => (target ?? one.target) === one.target && (model ?? one.model) === one.model;
    const isAll = target === undefined && model === undefined;
    // The worst comes first.
    const worst = machine.targets.find(isAsked);
    if (worst === undefined && !isAll) throw new ApiError(404, 'No such target or model: GET /status lists them.');
    const { word, tone } = verdictLook(worst ?? machine);
    const current = figure === undefined || worst === undefined ? undefined : await figureOf(worst, figure, trends);
    const label = [model, target].filter((part) => part !== undefined).join(' on ') || 'typhon';
    const svg = badgeSvg({ label, value: current ?? word.toLowerCase(), tone });
    answerSvg(svg, context);
  },
});

/** `undefined` where none holds today: of a target that is not reached, fails or was not measured for long. */
async function figureOf(
  { state, target, model }: TargetVerdict,
  figure: keyof typeof figures,
  trends: ApiServices['trends'],
): Promise<string | undefined> {
  if (state !== 'well' && state !== 'slower' && state !== 'pending') return undefined;
  const { series } = await trends({ target, model: model ?? undefined, test: SHORT_PROMPT, points: 0 });
  const { signal, words } = figures[figure];
  // That of the newest run comes last.
  const value = series.at(-1)?.signals.find((trend) => trend.signal === signal)?.current?.median;
  return value === undefined ? undefined : words(value);
}
