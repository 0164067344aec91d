import type { CanaryResult } from '../../benchmark/canary/canary-result.js';
import type { TestResult } from '../../benchmark/result.js';
import { canaryWords, changedSentence } from '../../shared/text/canary-words.js';
import { firstDifference } from '../../shared/text/first-difference.js';

/** What the canary said, and where answers differ both of them. */
export function CanaryView({ tests }: { readonly tests: readonly TestResult[] }) {
  const canary = tests.find(({ canary: found }) => found !== null)?.canary;
  if (!canary) return null;
  const other = otherAnswer(canary);
  const isChanged = canary.verdict === 'output_changed';
  return (
    <section class="canary" aria-label="Output canary">
      <h3>Output canary</h3>
      <p class={isChanged ? 'failed' : 'hint'}>
        {isChanged ? changedSentence(canary) : capitalised(canaryWords(canary))}
      </p>
      {other !== undefined && (
        <div class="answers">
          <Answer name={other.name} text={other.text} differsFrom={canary.text} />
          <Answer name={other.ownName} text={canary.text} differsFrom={other.text} />
        </div>
      )}
    </section>
  );
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface OtherAnswer {
  readonly name: string;
  readonly ownName: string;
  readonly text: string;
}

function otherAnswer({ text, reference, other_text: other }: CanaryResult): OtherAnswer | undefined {
  if (other !== null) return { name: 'One answer', ownName: 'The other', text: other };
  if (reference === null || reference.text === null || reference.text === text) return undefined;
  return { name: `Before, ${reference.run_id}`, ownName: 'Now', text: reference.text };
}

interface AnswerProps {
  readonly name: string;
  readonly text: string;
  readonly differsFrom: string;
}

/** From its first difference on it is marked: what follows one other word has no reason to be alike. */
function Answer({ name, text, differsFrom }: AnswerProps) {
  const at = firstDifference(text, differsFrom) ?? text.length;
  return (
    <figure>
      <figcaption class="hint">{name}</figcaption>
      <blockquote>
        {text.slice(0, at)}
        {at < text.length && <mark>{text.slice(at)}</mark>}
      </blockquote>
    </figure>
  );
}
