/** What became of a model's speed since a moment, and what changed meanwhile: "slower than last week, and why?". */
import * as z from 'zod';
import { change, latency, speed } from '../../shared/figure-text.js';
import { testName } from '../../shared/test-name.js';
import type { Comparison, FigureComparison } from '../comparison/comparison.js';
import { regressionSchema } from '../regression-state.js';
import { regressionSentence } from '../report/report-words.js';
import { signalNames } from '../signal.js';
import { changeSchema } from './what-changed.js';

const runSchema = z.object({ run_id: z.string(), run_at: z.string() });

/** The ratio is that of the second figure to the first, less 1. */
const movedSchema = z.object({ before: z.number(), after: z.number(), change_ratio: z.number() }).nullable();
const verdict = z.enum(['worse', 'better', 'no_difference', 'not_comparable']);

export const changesSinceSchema = z.object({
  since: z.iso.datetime(),
  target: z.string(),
  model: z.string(),
  /** The newest run that is as old as was asked for; where none is, the oldest. */
  before: runSchema.extend({ is_as_old_as_asked: z.boolean() }),
  /** The newest run. */
  after: runSchema,
  /** Runs between the two, both included. */
  runs: z.number().int(),
  verdict,
  /** Why there is no verdict. */
  reason: z.string().nullable(),
  /** Decode speed in tokens per second of one stream, time to first token in seconds. */
  tests: z.array(z.object({ test_id: z.string(), verdict, decode_speed: movedSchema, ttft: movedSchema })),
  /** Between the two runs, the likeliest cause of a slowdown first. */
  changes: z.array(changeSchema),
  /** The runs with which something changed, the oldest first. */
  timeline: z.array(runSchema.extend({ changes: z.array(changeSchema) })),
  /** What is worse for good now, by the history of all runs, with its likely cause. */
  regressions: z.array(
    z.object({ test_id: z.string(), signal: z.enum(signalNames), label: z.string(), ...regressionSchema.shape }),
  ),
});
export type ChangesSince = z.infer<typeof changesSinceSchema>;

/** The parts of a comparison that an answer has. */
export function comparedParts({
  verdict,
  reason,
  tests,
  changes,
}: Comparison): Pick<ChangesSince, 'verdict' | 'reason' | 'tests' | 'changes'> {
  return {
    verdict,
    reason,
    tests: tests.map(({ test_id, verdict, decode_speed, ttft }) => ({
      test_id,
      verdict,
      decode_speed: movedOf(decode_speed),
      ttft: movedOf(ttft),
    })),
    changes: [...changes],
  };
}

function movedOf(figure: FigureComparison | null): z.infer<typeof movedSchema> {
  if (figure === null) return null;
  const { before, after, change_ratio } = figure;
  return { before, after, change_ratio };
}

const verdictSentences: Readonly<Record<ChangesSince['verdict'], string>> = {
  worse: 'The newest run is slower, beyond noise.',
  better: 'The newest run is faster, beyond noise.',
  no_difference: 'No difference between the two runs beyond noise.',
  not_comparable: 'The two runs cannot be compared.',
};

/** The answer in sentences. */
export function changesWords(found: ChangesSince): string {
  const { before, after, runs } = found;
  if (before.run_id === after.run_id) {
    const only = `${found.model} at ${found.target} has no run but ${after.run_id} of ${after.run_at}`;
    return `${only}: nothing to hold it against since ${found.since}. Run another one later, and ask again.`;
  }
  const age = before.is_as_old_as_asked ? '' : ` No run is as old as ${found.since}; this is the oldest.`;
  const tests = found.tests.flatMap(({ test_id, decode_speed: decode, ttft }) => {
    const figures = [
      ...(decode === null ? [] : [`decode ${movedWords(decode, speed)} tokens/s`]),
      ...(ttft === null ? [] : [`TTFT ${movedWords(ttft, latency)}`]),
    ];
    return figures.length === 0 ? [] : [`- ${testName(test_id)}: ${figures.join(', ')}`];
  });
  return [
    `${found.model} at ${found.target}: run ${after.run_id} of ${after.run_at} beside run ${before.run_id} of ${before.run_at}, ${runs} runs from one to the other.${age}`,
    found.reason === null ? verdictSentences[found.verdict] : `${verdictSentences[found.verdict]} ${found.reason}.`,
    ...(tests.length === 0 ? [] : [tests.join('\n')]),
    found.changes.length === 0
      ? 'Nothing that typhon knows of changed between the two runs.'
      : `Changed, the likeliest cause of a slowdown first:\n${listed(found.changes.map(({ words }) => words))}`,
    ...(found.timeline.length === 0
      ? []
      : [
          `When it changed:\n${listed(found.timeline.map(({ run_at, changes }) => `${run_at}: ${changes.map(({ words }) => words).join('; ')}`))}`,
        ]),
    found.regressions.length === 0
      ? 'By the history of all runs nothing is worse for good.'
      : `Worse for good, by the history of all runs:\n${listed(found.regressions.map(regressionSentence))}`,
  ].join('\n\n');
}

function movedWords(moved: NonNullable<z.infer<typeof movedSchema>>, format: (value: number) => string): string {
  return `${format(moved.before)} → ${format(moved.after)} (${change(moved.change_ratio)})`;
}

function listed(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}
