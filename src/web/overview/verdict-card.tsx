import type { AgentStatus } from '../../api/routes/status.js';
import type { Job } from '../../jobs/job.js';
import { type VerdictTone, verdictLook } from '../../shared/verdict-state.js';
import type { PageSession } from '../agent/page-session.js';
import { type Link, notSeen } from '../agent/status-poll.js';
import { progressWords } from '../run/progress-words.js';
import { localTime } from '../ui/times.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { firstRunOf } from './first-run.js';

type Verdict = AgentStatus['verdict'];
type Told = Omit<Verdict, 'targets'>;

/** Leads the page: is the machine well, if not since when and why, and how the other targets are. */
export function VerdictCard({ session }: { readonly session: PageSession }) {
  const verdict = useCellPart(session.status, (status) => status?.verdict);
  const firstRun = useCellPart(session.status, (status) => (status === undefined ? undefined : firstRunOf(status)));
  const link = useCell(session.poll.link);
  return (
    <section class="card" aria-labelledby="verdict-title">
      <h2 id="verdict-title">Is it well?</h2>
      {link.state === 'down' ? (
        <Unknown session={session} link={link} />
      ) : (
        verdict !== undefined && <Known verdict={verdict} firstRun={firstRun} />
      )}
      {verdict === undefined && link.state === 'connecting' && <p class="empty">Loading…</p>}
    </section>
  );
}

interface UnknownProps {
  readonly session: PageSession;
  readonly link: Extract<Link, { state: 'down' }>;
}

function Unknown({ session, link }: UnknownProps) {
  const status = useCell(session.newest);
  return (
    <p class="verdict">
      <strong>Not known.</strong> {notSeen(link)}
      {status !== undefined && !link.isLocked && (
        <span class="verdict-more">
          As last seen, {localTime(status.now)}: {status.verdict.sentence}
        </span>
      )}
    </p>
  );
}

/** With more, the rest is counted: the cards below tell of each. */
const MOST_LISTED = 6;
const LISTED = 4;

/** Green stands nowhere while anything is wrong. */
function Known({ verdict, firstRun }: { readonly verdict: Verdict; readonly firstRun: Job | undefined }) {
  const [, ...others] = verdict.targets;
  const { tone } = verdictLook(verdict);
  const isWell = verdict.state === 'well';
  const isGreen = tone === 'good';
  const listed = isWell && verdict.targets.length > 1 ? verdict.targets : others;
  return (
    <>
      <p class={`verdict ${tone}`}>
        <Words told={verdict} />
        {firstRun !== undefined && <span class="verdict-more">{progressWords(firstRun)}</span>}
      </p>
      {listed.length > 0 && (
        <ul class="plain verdicts">
          {listed.slice(0, listed.length > MOST_LISTED ? LISTED : MOST_LISTED).map((one) => (
            <li key={`${one.target} ${one.model}`} class={`verdict ${toneBeside(one, isGreen)}`}>
              <Words told={one} />
            </li>
          ))}
          {listed.length > MOST_LISTED && <li class="hint">{restWords(listed.slice(LISTED))}</li>}
        </ul>
      )}
    </>
  );
}

/** Of many, those that come last: the least in trouble. */
function restWords(rest: Verdict['targets']): string {
  const counts = new Map<string, number>();
  for (const one of rest) {
    const word = verdictLook(one).word.toLowerCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return `And ${[...counts].map(([word, count]) => `${count} ${word}`).join(', ')}.`;
}

function toneBeside(one: Verdict['targets'][number], isGreen: boolean): VerdictTone {
  const { tone } = verdictLook(one);
  return tone === 'good' && !isGreen ? 'rest' : tone;
}

function Words({ told }: { readonly told: Told }) {
  const { since, sentence, likely_cause: cause, next_step: next } = told;
  return (
    <>
      <strong>{verdictLook(told).word}.</strong> {sentence}
      {since !== null && <span class="verdict-more">Since {localTime(since)}.</span>}
      {cause !== null && <span class="verdict-more">Likely cause: {cause}</span>}
      {next !== null && <span class="verdict-more">{next}</span>}
    </>
  );
}
