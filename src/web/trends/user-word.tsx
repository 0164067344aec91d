import { useState } from 'preact/hooks';
import { count } from '../../shared/figure-text.js';
import { testName } from '../../shared/test-name.js';
import { AgentButton } from '../agent/agent-button.js';
import { wordsOf } from '../agent/agent-client.js';
import type { PageSession } from '../agent/page-session.js';
import { localTime } from '../ui/times.js';
import type { TrendGroup } from './trend-groups.js';
import type { UserWord } from './trend-plot.js';

interface WordFormProps {
  readonly group: TrendGroup;
  readonly session: PageSession;
  /** It was kept; what it did, in words. */
  readonly onKept: (words: string) => void;
}

const words = {
  baseline: 'Accept as the new normal',
  dismissal: 'Not a regression',
} as const;
type Word = keyof typeof words;

/** What is worse may be meant, or be none: with a reason, which is kept. */
export function WordForm({ group, session, onKept }: WordFormProps) {
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isSending, setSending] = useState(false);
  const send = async (word: Word) => {
    if (reason.trim() === '') {
      setProblem('A reason is needed: whoever looks at this in a year will ask.');
      return;
    }
    setSending(true);
    const query = new URLSearchParams({ reason: reason.trim(), target: group.target, model: group.model });
    try {
      const { series } = await session.client.send<{ series: number }>('POST', `trends/${word}?${query}`);
      onKept(`${words[word]}: kept for ${count(series)} ${series === 1 ? 'test' : 'tests'}.`);
      session.changes.value += 1;
    } catch (error) {
      setProblem(wordsOf(error));
    }
    setSending(false);
  };
  return (
    <form class="word-form" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        What is known of it? The reason is kept.
        <input
          type="text"
          maxLength={500}
          value={reason}
          placeholder="new driver, slower but stable"
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <div class="actions">
        {(Object.keys(words) as Word[]).map((word) => (
          <AgentButton key={word} session={session} isBusy={isSending} onPress={() => void send(word)}>
            {words[word]}
          </AgentButton>
        ))}
      </div>
      <p class="hint">
        The new normal is learned from the next runs, for all tests of the model. What is not a regression is told no
        more, its normal stays; if later runs are as slow, it is told again.
      </p>
      {problem !== undefined && (
        <p class="worse" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

/** What was said, the newest first. */
export function Words({ said }: { readonly said: readonly UserWord[] }) {
  if (said.length === 0) return null;
  return (
    <div>
      <h3>What was said</h3>
      <ul class="plain said">
        {said.toReversed().map(({ at, kind, reason, series: { test_id: test } }) => (
          <li key={at}>
            <time dateTime={at}>{localTime(at)}</time>: {kind === 'new_normal' ? 'a new normal' : 'not a regression'}
            {test !== undefined && ` (${testName(test)})`} – {reason}
          </li>
        ))}
      </ul>
    </div>
  );
}
