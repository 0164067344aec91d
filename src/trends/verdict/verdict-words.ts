/** What a verdict says: one sentence, the likely cause and what to do next. */

import { latency, speed } from '../../shared/figure-text.js';
import { errorWords } from '../../shared/text/error-words.js';
import { behindWords } from '../../shared/text/hiding-place.js';
import { DAY_MS, HOUR_MS } from '../../shared/units.js';
import type { Trend } from '../trend.js';
import type { BaselinePending } from './baseline-pending.js';
import { type Concern, listed } from './concern.js';
import { lossOf, type WorstTest } from './slowdown.js';
import type { Attempt, ModelFacts } from './verdict-facts.js';

export interface VerdictWords {
  readonly sentence: string;
  readonly cause: string | null;
  readonly next: string | null;
}

type Who = Pick<ModelFacts, 'target' | 'model'>;

function who({ target, model }: Who): string {
  return model === null ? target.name : `${model} on ${target.name}`;
}

/** Before any run: the model that is being measured, else the one that would be. */
function whoFirst({ target, model }: Who): string {
  return who({ target, model: target.underWay?.model ?? model ?? target.model ?? null });
}

const DISCOVERY = 'Start one, or name it under targets in the configuration.';

export const words = {
  nobody: () => said('No LLM server is known on this machine.', null, DISCOVERY),

  unreachable: (facts: ModelFacts): VerdictWords => {
    const { target, lastRunAt } = facts;
    if (!target.isConfigured && lastRunAt === undefined)
      return said('No LLM server answers on this machine.', null, DISCOVERY);
    const next = target.isConfigured
      ? `Start the server of ${target.name}, or correct its url in the configuration.`
      : 'Start the server again.';
    return said(`${who(facts)} cannot be reached: its server does not answer.`, target.detail ?? null, next);
  },

  failing: (facts: ModelFacts, { error, detail }: FailedAttempt, times: number): VerdictWords =>
    said(
      `${who(facts)} could not be measured: ${times === 1 ? 'the last run' : `the last ${times} runs`} failed.`,
      detail === undefined ? errorWords(error) : `${errorWords(error)} ${detail}`,
      "Look at the failed job's log, and run it again once that is put right.",
    ),

  testsFailing: (facts: ModelFacts, { tests, failed }: DoneAttempt): VerdictWords => {
    const errors = [...new Set(failed.map(({ error }) => error))];
    const names = failed.map(({ name }) => name).join(', ');
    return said(
      `${failed.length} of ${tests} tests of ${who(facts)} failed in the last run: ${names}.${also(facts.concern)}`,
      errors.map(errorWords).join(' '),
      errors.includes('context_exceeded')
        ? 'Start the server with a longer context, or look at its memory.'
        : "Look at the job's log, and run it again once that is put right.",
    );
  },

  slower: (facts: ModelFacts, worst: WorstTest): VerdictWords => {
    const { slowdown } = facts;
    const { tests, slowerTests } = slowdown;
    const extent = slowerTests === tests ? '' : ` ${slowerTests} of ${tests} tests are slower.`;
    const sentence = `${who(facts)} ${slownessWords(worst)}${extent}${also(facts.concern)}`;
    const isOther = facts.concern?.isOutputChanged === true;
    return said(sentence, slowdown.cause ?? (isOther ? OTHER_MODEL : null), nextAfterSlowdown(facts));
  },

  stale: (facts: ModelFacts, lastRunAt: string): VerdictWords => {
    const { target, now } = facts;
    const then = facts.slowdown.worst === undefined ? '' : ' When it last was, it was slower than before.';
    const sentence = `${who(facts)} has not been measured for ${days(now.getTime() - Date.parse(lastRunAt))}.`;
    return said(`${sentence}${then}`, hindrance(facts), nextAfterSilence(target.schedule));
  },

  paused: (facts: ModelFacts): VerdictWords =>
    said(
      `${who(facts)} is not measured by itself: its schedule is paused.`,
      null,
      'Resume the schedule, or run a benchmark by hand.',
    ),

  pending: (facts: ModelFacts, { samples, needed }: BaselinePending): VerdictWords =>
    said(
      needed === undefined
        ? `No run of ${who(facts)} has brought a speed yet.${also(facts.concern)}`
        : `${who(facts)} has ${samples} of the ${needed} runs after which it is known what is normal.${also(facts.concern)}`,
      null,
      nextBeforeBaseline(needed !== undefined, facts.target.schedule === 'active'),
    ),

  notAsked: (facts: ModelFacts): VerdictWords =>
    said(`Nothing is known of ${who(facts)} yet: no run, and no word of its server.`, null, null),

  noRun: (facts: ModelFacts): VerdictWords =>
    said(`No run of ${whoFirst(facts)} yet.`, hindrance(facts), nextBeforeFirst(facts.target)),

  firstRun: (facts: ModelFacts): VerdictWords => said(`The first run of ${whoFirst(facts)} is under way.`, null, null),

  well: (facts: ModelFacts): VerdictWords => {
    const now = decodeNow(facts.trends);
    const figure = now === undefined ? '' : `: ${speed(now)} tokens/s`;
    const { concern } = facts;
    const but = concern === undefined ? '' : ` But it ${listed(concern.words)}.`;
    return said(`${who(facts)} is as fast as before${figure}.${but}`, concern?.cause ?? null, nextAfter(concern));
  },
};

/** Of several, all of which are as fast as before; `concerned` are those of which something else became worse. */
export function wellWords(count: number, concerned: readonly ModelFacts[]): string {
  const all = `${count === 2 ? 'Both' : `All ${count}`} are as fast as before`;
  const [first, ...others] = concerned;
  if (first?.concern === undefined) return `${all}.`;
  if (others.length > 0)
    return `${all}, but something else became worse with ${count === 2 ? 'both' : concerned.length}.`;
  return `${all}, but ${who(first)} ${listed(first.concern.words)}.`;
}

const OTHER_MODEL = 'the model or how it is run: it also answers the fixed request differently';

function also(concern: Concern | undefined): string {
  return concern === undefined ? '' : ` It also ${listed(concern.words)}.`;
}

function nextAfter(concern: Concern | undefined): string | null {
  if (concern === undefined) return null;
  return concern.isOutputChanged
    ? 'Look at both answers in the last run, and at what is served under that name.'
    : 'Look at the trends for the run with which it began.';
}

type FailedAttempt = Extract<Attempt['outcome'], { status: 'error' }>;
type DoneAttempt = Extract<Attempt['outcome'], { status: 'done' }>;

function said(sentence: string, cause: string | null, next: string | null): VerdictWords {
  return { sentence, cause, next };
}

function slownessWords(worst: WorstTest): string {
  const { signal, now, normal, behind } = worst;
  const share = `${percentLost(worst)} %`;
  if (isOver(worst)) {
    const [lastly, usual] =
      signal === 'ttft' ? [latency(now), latency(normal)] : [speed(now), `${speed(normal)} tokens/s`];
    return `was slower than before, but is not in its last runs: ${lastly} beside ${usual}.`;
  }
  const figures = (format: (value: number) => string, unit: string) =>
    `${format(now)} instead of ${format(normal)}${unit}.${behind === undefined ? '' : ` It came ${behindWords[behind]}.`}`;
  const than = behind === undefined ? 'before' : 'in the month before';
  switch (signal) {
    case 'decode_speed':
      return `is ${share} slower than ${than}: ${figures(speed, ' tokens/s')}`;
    case 'prefill_speed':
      return `reads prompts ${share} slower than ${than}: ${figures(speed, ' tokens/s')}`;
    case 'ttft':
      return `takes ${share} longer to the first token than ${than}: ${figures(latency, '')}`;
  }
}

function percentLost(worst: WorstTest): number {
  return Math.round(lossOf(worst) * 100);
}

/** The slowdown is not over before some good runs have told so; the last ones already may have. */
function isOver(worst: WorstTest): boolean {
  return percentLost(worst) <= 0;
}

function nextAfterSlowdown({ slowdown: { culprit, cause, worst } }: ModelFacts): string {
  if (worst !== undefined && isOver(worst)) return 'Wait for the next runs: a few more like the last ones end it.';
  if (culprit === 'machine') return 'Look at temperature, power limit and what else runs on this machine.';
  if (cause !== undefined)
    return 'Undo the change and run again, or accept it as the new normal (on the page under Trends, or by POST /trends/baseline).';
  return 'Look at the trends for the run with which it began, and at what was changed then.';
}

function nextBeforeBaseline(hasSpeed: boolean, isScheduled: boolean): string {
  // More of the same brings none where something between there and here holds the answers back, say.
  if (!hasSpeed) return "Look at the last run's findings.";
  return isScheduled ? 'Run some more benchmarks, or wait for those of the schedule.' : 'Run some more benchmarks.';
}

/** Why it may not have been measured. */
function hindrance({ target, model }: Who): string | null {
  if (target.reach === 'no_model') return target.detail ?? null;
  if (target.lastSkip !== undefined) return `The last run was skipped: ${target.lastSkip}`;
  if (target.model !== undefined && model !== null && target.model !== model) return `${target.model} is loaded now.`;
  return null;
}

/** A benchmark would only fail where there is nothing to measure. */
function nextBeforeFirst({ reach, schedule }: ModelFacts['target']): string {
  if (reach === 'no_model') return 'Load a model there, or name it under models of the target, with load: if_free.';
  return schedule === 'active' ? 'Run a quick benchmark now, or wait for the schedule.' : 'Run a quick benchmark.';
}

function nextAfterSilence(schedule: ModelFacts['target']['schedule']): string {
  if (schedule === 'paused') return 'Resume the schedule, or run a benchmark by hand.';
  if (schedule === 'none') return 'Run a benchmark, or add a schedule to the configuration.';
  return 'Run a benchmark by hand, and see why the schedule did not.';
}

function days(ms: number): string {
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} hours`;
  return `${Math.round(ms / DAY_MS)} days`;
}

/** Of the short prompt, where it is measured. */
function decodeNow(trends: readonly Trend[]): number | undefined {
  const ofShort = trends.find(({ series }) => series.test_id === 'baseline_short') ?? trends[0];
  return ofShort?.signals.find(({ signal }) => signal === 'decode_speed')?.current?.median;
}
