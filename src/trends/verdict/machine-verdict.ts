/** Whether each model of each target is well, and the worst of it for the machine: what page, API, badge and terminal say. */
import * as z from 'zod';
import { type VerdictState, verdictStates } from '../../shared/verdict-state.js';
import type { Trend } from '../trend.js';
import { baselinePendingOf } from './baseline-pending.js';
import { concernOf, listed } from './concern.js';
import { lastMonthAnswer, lastMonthAnswerSchema } from './last-month-answer.js';
import { slowdownOf } from './slowdown.js';
import type { ModelFacts, SeenTarget, VerdictFacts } from './verdict-facts.js';
import { type VerdictWords, wellWords, words } from './verdict-words.js';

const told = {
  state: z.enum(verdictStates),
  since: z.iso.datetime().nullable().meta({ description: 'null where it is not known, or nothing began' }),
  sentence: z.string(),
  likely_cause: z.string().nullable(),
  next_step: z.string().nullable(),
  concern: z.string().nullable().meta({
    description: 'What became worse without making it slower, also where the state is `well`; null where nothing did',
  }),
};

const targetVerdictSchema = z.object({
  target: z.string(),
  model: z.string().nullable().meta({ description: 'null for the target as a whole' }),
  ...told,
  last_month: lastMonthAnswerSchema
    .nullable()
    .meta({ description: 'Whether it is as fast as last month; null where it has no decode speed' }),
});
export type TargetVerdict = z.infer<typeof targetVerdictSchema>;

export const machineVerdictSchema = z
  .object({
    ...told,
    targets: z.array(targetVerdictSchema).meta({ description: 'One for each model of each target, the worst first' }),
  })
  .meta({ id: 'Verdict' });
export type MachineVerdict = z.infer<typeof machineVerdictSchema>;

/** What is known of each model of each target. */
export function modelFacts(facts: VerdictFacts): ModelFacts[] {
  return facts.targets.flatMap((target) => modelsOf(target, facts).map((model) => factsOf(target, model, facts)));
}

export function machineVerdict(facts: VerdictFacts): MachineVerdict {
  return verdictOfAll(modelFacts(facts));
}

export function verdictOfAll(all: readonly ModelFacts[]): MachineVerdict {
  const targets = all.map(verdictOf).toSorted(byTrouble);
  const [worst] = targets;
  if (worst === undefined) {
    const { sentence, cause, next } = words.nobody();
    return { state: 'unknown', since: null, sentence, likely_cause: cause, next_step: next, concern: null, targets };
  }
  const { target, model, last_month, ...machine } = worst;
  if (machine.state !== 'well' || targets.length === 1) return { ...machine, targets };
  const concerned = all.filter(({ concern }) => concern !== undefined);
  return { ...machine, sentence: wellWords(all.length, concerned), targets };
}

type Judged = Pick<TargetVerdict, 'state' | 'concern'>;

/** The worst first. */
export function byTrouble(a: Judged, b: Judged): number {
  const rank = ({ state }: Judged) => verdictStates.indexOf(state);
  return rank(a) - rank(b) || Number(b.concern !== null) - Number(a.concern !== null);
}

/**
 * The model measured last, every other one that is still being measured, and those that their schedule alone has asked
 * for so far. `null` stands for a target of which no model is known.
 */
function modelsOf(
  { name }: SeenTarget,
  { trends, attempts, now, staleAtMs }: VerdictFacts,
): readonly (string | null)[] {
  const lastRuns = new Map<string, string>();
  const see = (model: string, at: string) => {
    if ((lastRuns.get(model) ?? '') < at) lastRuns.set(model, at);
  };
  for (const { series, last_run_at: at } of trends) if (series.target === name) see(series.model, at);
  for (const { target, model, at } of attempts) if (target === name && model !== null) see(model, at);
  const newestFirst = [...lastRuns].toSorted(([, a], [, b]) => (a < b ? 1 : -1));
  const models = newestFirst
    .filter(([, at], index) => index === 0 || staleAtMs(name, Date.parse(at)) > now.getTime())
    .map(([model]) => model);
  return models.length === 0 ? [null] : models;
}

function factsOf(target: SeenTarget, model: string | null, facts: VerdictFacts): ModelFacts {
  const { now, staleAtMs } = facts;
  const isOwn = (other: string | null) => model === null || other === null || other === model;
  const trends = newestOfEach(
    facts.trends.filter(({ series }) => series.target === target.name && isOwn(series.model)),
  );
  const attempts = facts.attempts.filter((attempt) => attempt.target === target.name && isOwn(attempt.model));
  const ends = attempts.filter(({ outcome }) => outcome.status === 'done').map(({ at }) => at);
  const lastRunAt = [...trends.map(({ last_run_at: at }) => at), ...ends].toSorted().at(-1);
  const slowdown = slowdownOf(trends);
  const lastDone = attempts.flatMap(({ outcome }) => (outcome.status === 'done' ? [outcome] : []))[0];
  return {
    target,
    model,
    now,
    trends,
    attempts,
    lastRunAt,
    isStale: lastRunAt !== undefined && staleAtMs(target.name, Date.parse(lastRunAt)) <= now.getTime(),
    slowdown,
    concern: concernOf(trends, {
      isSlower: slowdown.worst !== undefined,
      isOutputChanged: lastDone?.outputChanged === true,
    }),
    partlyOnCpu: lastDone?.partlyOnCpu,
    pending: baselinePendingOf(trends),
  };
}

/** Of the trends of several workloads or machines, those with the newest runs. */
function newestOfEach(trends: readonly Trend[]): readonly Trend[] {
  const newest = new Map<string, Trend>();
  for (const trend of trends) {
    const key = JSON.stringify([trend.series.model, trend.series.test_id]);
    if ((newest.get(key)?.last_run_at ?? '') <= trend.last_run_at) newest.set(key, trend);
  }
  return [...newest.values()];
}

interface Finding {
  readonly state: VerdictState;
  readonly since: string | undefined;
  readonly words: VerdictWords;
}

export function verdictOf(facts: ModelFacts): TargetVerdict {
  const { state, since, words: said } = findingOf(facts);
  return {
    target: facts.target.name,
    model: facts.model,
    state,
    since: since ?? null,
    sentence: said.sentence,
    likely_cause: said.cause,
    next_step: said.next,
    concern: facts.concern === undefined ? null : `It ${listed(facts.concern.words)}.`,
    last_month: lastMonthAnswer(facts.trends) ?? null,
  };
}

/**
 * What keeps it from being measured outweighs what the last runs said, and that they are old whatever they said; a
 * slowdown outweighs single tests that fail.
 */
function findingOf(facts: ModelFacts): Finding {
  const { target, slowdown, lastRunAt } = facts;
  const errors = errorsUntilNow(facts);
  if (target.reach === 'down')
    return { state: 'unreachable', since: downSince(facts), words: words.unreachable(facts) };
  const [error] = errors;
  if (error !== undefined)
    return { state: 'failing', since: errors.at(-1)?.at, words: words.failing(facts, error, errors.length) };
  if (facts.isStale && lastRunAt !== undefined)
    return { state: 'stale', since: lastRunAt, words: words.stale(facts, lastRunAt) };
  if (slowdown.worst !== undefined) {
    const since = slowdown.sinceMs === undefined ? undefined : isoTime(slowdown.sinceMs);
    return { state: 'slower', since, words: words.slower(facts, slowdown.worst) };
  }
  const [last] = facts.attempts;
  if (last?.outcome.status === 'done' && last.outcome.failed.length > 0)
    return { state: 'failing', since: last.at, words: words.testsFailing(facts, last.outcome) };
  return lastRunAt === undefined ? neverMeasured(facts) : measured(facts);
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function measured(facts: ModelFacts): Finding {
  const { target, pending } = facts;
  if (target.schedule === 'paused') return { state: 'paused', since: undefined, words: words.paused(facts) };
  if (pending !== undefined) return { state: 'pending', since: undefined, words: words.pending(facts, pending) };
  const sinceMs = facts.concern?.sinceMs;
  return { state: 'well', since: sinceMs === undefined ? undefined : isoTime(sinceMs), words: words.well(facts) };
}

function neverMeasured(facts: ModelFacts): Finding {
  const { reach, schedule, underWay } = facts.target;
  if (underWay !== undefined) return { state: 'pending', since: undefined, words: words.firstRun(facts) };
  if (schedule === 'paused') return { state: 'paused', since: undefined, words: words.paused(facts) };
  if (reach === 'unknown') return { state: 'unknown', since: undefined, words: words.notAsked(facts) };
  return { state: 'pending', since: undefined, words: words.noRun(facts) };
}

/** The failures since the last run that ended with a result, the newest first. */
function errorsUntilNow({ attempts }: ModelFacts) {
  const firstDone = attempts.findIndex(({ outcome }) => outcome.status === 'done');
  return (firstDone === -1 ? attempts : attempts.slice(0, firstDone)).flatMap(({ at, outcome }) =>
    outcome.status === 'error' ? [{ at, ...outcome }] : [],
  );
}

/** A run may have met the silence before anybody looked. */
function downSince(facts: ModelFacts): string | undefined {
  const seen = facts.target.downSince?.toISOString();
  const met = errorsUntilNow(facts).at(-1)?.at;
  return [seen, met].filter((at) => at !== undefined).toSorted()[0];
}
