import t from 'tap';
import {
  answersCompared,
  canarySentence,
  changedSentence,
  type ToldCanary,
} from '../../../src/shared/text/canary-words.js';

const told: ToldCanary = {
  verdict: 'match',
  text: 'the sea rose and took the piano away with it',
  diverges_at_token: null,
  logprob_shift: null,
  reference: { run_at: '2026-11-20T08:17:30.000Z', text: 'the sea was still' },
  changes: [],
};

t.test('each verdict in one sentence', async (t) => {
  const sentence = (fields: Partial<ToldCanary>) => canarySentence({ ...told, ...fields });
  t.equal(sentence({}), 'Output canary: the same answer as on 2026-11-20 08:17 UTC.');
  t.equal(
    sentence({ verdict: 'pending', reference: null }),
    'Output canary: this answer is the one that later runs are held against.',
  );
  t.equal(
    sentence({ verdict: 'explained', changes: ['GPU driver 550.54 → 560.35', 'server version b1 → b2'] }),
    'Output canary: not the answer of 2026-11-20 08:17 UTC. Changed since then: GPU driver 550.54 → 560.35; server version b1 → b2. Later runs are held against the new one.',
  );
  t.equal(
    sentence({ verdict: 'not_deterministic', diverges_at_token: 4 }),
    'Output canary: the same request had two answers, which differ from token 5 on, so nothing is judged.',
  );
  t.equal(
    sentence({ verdict: 'not_deterministic' }),
    'Output canary: the same request had two answers, so nothing is judged.',
  );
  t.match(sentence({ verdict: 'server_in_use' }), /worked for somebody else at the same time, so nothing is judged/);
  t.equal(sentence({ verdict: 'output_changed' }), changedSentence(told));
});

t.test('an answer that changed is told with where, and some of both', async (t) => {
  t.equal(
    changedSentence(told),
    "The model gives another answer to the canary's fixed request than in the run of 2026-11-20 08:17 UTC, and nothing that is known was changed: from character 9 on “was still” became “rose and took the piano …”.",
  );
  t.match(changedSentence({ ...told, reference: { run_at: told.text, text: null } }), /was changed\.$/);
});

t.test('two answers side by side', async (t) => {
  t.match(answersCompared('a', 'a'), /the same answer/);
  t.match(answersCompared('ab', 'ac'), /two answers .*: from character 2 on “b” became “c”\.$/);
});

t.test('of the same words with other probabilities it says which token moved, and how far', async (t) => {
  const shift = { token: 2, before: -5.567765, after: -5.568123 };
  t.equal(
    changedSentence({ ...told, logprob_shift: shift }),
    "The model answers the canary's fixed request with the same words as in the run of 2026-11-20 08:17 UTC, but holds them otherwise likely, and nothing that is known was changed: the log probability of token 3 moved from -5.567765 to -5.568123, by 0.00036.",
  );
  t.equal(
    canarySentence({ ...told, verdict: 'explained', logprob_shift: shift, changes: ['server version b1 → b2'] }),
    'Output canary: the words of 2026-11-20 08:17 UTC, but the log probability of token 3 moved from -5.567765 to -5.568123, by 0.00036. Changed since then: server version b1 → b2. Later runs are held against the new ones.',
  );
});
