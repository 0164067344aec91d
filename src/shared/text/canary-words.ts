/** What is said of a canary, the same on a terminal, in a report and on the page. */
import { firstDifference } from './first-difference.js';

interface ProbabilityShift {
  readonly token: number;
  readonly before: number;
  readonly after: number;
}

export interface ToldCanary {
  readonly verdict: 'pending' | 'match' | 'output_changed' | 'explained' | 'not_deterministic' | 'server_in_use';
  readonly text: string;
  readonly diverges_at_token: number | null;
  /** Absent in the answers of older versions. */
  readonly logprob_shift?: ProbabilityShift | null | undefined;
  readonly reference: { readonly run_at: string; readonly text: string | null } | null;
  readonly changes: readonly string[];
}

/** One sentence that says what it is about. */
export function canarySentence(canary: ToldCanary): string {
  return canary.verdict === 'output_changed' ? changedSentence(canary) : `Output canary: ${canaryWords(canary)}`;
}

/** What stands behind the name of the test. */
export function canaryWords(canary: ToldCanary): string {
  const { verdict, reference, changes, diverges_at_token: token, logprob_shift: shift } = canary;
  const when = reference === null ? 'an earlier run' : whenWords(reference.run_at);
  switch (verdict) {
    case 'pending':
      return 'this answer is the one that later runs are held against.';
    case 'match':
      return `the same answer as on ${when}.`;
    case 'output_changed':
      if (shift) return `the words of ${when}, but ${shiftWords(shift)}, and nothing that is known was changed.`;
      return `not the answer of ${when}, and nothing that is known was changed.`;
    case 'explained':
      return `${!shift ? `not the answer of ${when}` : `the words of ${when}, but ${shiftWords(shift)}`}. Changed since then: ${changes.join('; ')}. Later runs are held against the new ${shift ? 'ones' : 'one'}.`;
    case 'not_deterministic': {
      const where = token === null ? '' : `, which differ from token ${token + 1} on`;
      return `the same request had two answers${where}, so nothing is judged.`;
    }
    case 'server_in_use':
      return 'another answer, but the server worked for somebody else at the same time, so nothing is judged.';
  }
}

/** Of two runs that somebody puts side by side. */
export function answersCompared(before: string, after: string): string {
  const at = firstDifference(before, after);
  if (at === undefined) return "Both runs gave the same answer to the canary's fixed request.";
  return `The runs gave two answers to the canary's fixed request: ${differenceWords(before, after, at)}.`;
}

const SHOWN_CHARACTERS = 24;

/** What the finding says as well. */
export function changedSentence({
  text,
  reference,
  logprob_shift: shift,
}: Pick<ToldCanary, 'text' | 'reference' | 'logprob_shift'>): string {
  if (shift) return shiftSentence(shift, reference);
  const before = reference?.text ?? null;
  const at = before === null ? undefined : firstDifference(before, text);
  const head = `The model gives another answer to the canary's fixed request than in the run of ${whenWords(reference?.run_at ?? '')}, and nothing that is known was changed`;
  if (before === null || at === undefined) return `${head}.`;
  return `${head}: ${differenceWords(before, text, at)}.`;
}

function shiftSentence(shift: ProbabilityShift, reference: ToldCanary['reference']): string {
  const head = `The model answers the canary's fixed request with the same words as in the run of ${whenWords(reference?.run_at ?? '')}, but holds them otherwise likely, and nothing that is known was changed`;
  return `${head}: ${shiftWords(shift)}.`;
}

/** Natural logarithms are what servers tell, and change where a percentage no longer would. */
function shiftWords({ token, before, after }: ProbabilityShift): string {
  const by = Math.abs(after - before);
  return `the log probability of token ${token + 1} moved from ${before.toFixed(6)} to ${after.toFixed(6)}, by ${Number(by.toPrecision(2))}`;
}

function differenceWords(before: string, after: string, at: number): string {
  return `from character ${at + 1} on “${piece(before, at)}” became “${piece(after, at)}”`;
}

function piece(text: string, at: number): string {
  const rest = text.slice(at).replace(/\s+/g, ' ');
  return rest.length > SHOWN_CHARACTERS ? `${[...rest].slice(0, SHOWN_CHARACTERS).join('')}…` : rest;
}

/** An RFC 3339 time to the minute. */
function whenWords(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}
