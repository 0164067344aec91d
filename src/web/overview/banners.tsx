import { MINUTE_MS } from '../../shared/units.js';
import { AWAY_ID } from '../agent/agent-button.js';
import type { PageSession } from '../agent/page-session.js';
import { asOf } from '../ui/times.js';
import { useCell } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';

/** What concerns the page as a whole: the agent is away, a token is missing, the page is older than its agent. */
export function Banners({ session }: { readonly session: PageSession }) {
  const link = useCell(session.poll.link);
  const isOutdated = useCell(session.isOutdated);
  return (
    <div class="banners" role="status">
      {link.state === 'down' && link.isLocked && (
        <p class="banner info">
          <span>{link.reason}</span>
          <button type="button" onClick={() => void session.askAgain()}>
            Sign in
          </button>
        </p>
      )}
      {link.state === 'down' && !link.isLocked && (
        <p class="banner warn">
          <span class="spinner" aria-hidden="true" />
          <span id={AWAY_ID}>
            <AsOf session={session} /> {link.reason} Nothing can be started or changed meanwhile. Trying again.
          </span>
          <button type="button" onClick={() => void session.askAgain()}>
            Now
          </button>
        </p>
      )}
      {link.state === 'up' && <Renewed session={session} />}
      {isOutdated && (
        <p class="banner info">
          <span>The agent was updated and brings a newer page.</span>
          <button type="button" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )}
    </div>
  );
}

/** How old the page is, where it shows what the browser remembers. */
function AsOf({ session }: { readonly session: PageSession }) {
  const keptAtMs = useCell(session.keptAtMs);
  const nowMs = useNow(MINUTE_MS / 2);
  if (keptAtMs === undefined) return null;
  const { at, age } = asOf(keptAtMs, nowMs);
  return (
    <>
      Offline: as of {at}
      {/* It grows by itself, and is not read out each time. */}
      <span aria-live="off">, {age}</span>.
    </>
  );
}

/** The agent answers, but not yet for everything that is shown. */
function Renewed({ session }: { readonly session: PageSession }) {
  const keptAtMs = useCell(session.keptAtMs);
  if (keptAtMs === undefined) return null;
  return (
    <p class="banner info">
      <span class="spinner" aria-hidden="true" />
      <span>Some of this is as of {asOf(keptAtMs, Date.now()).at}. The agent is asked for what is new.</span>
    </p>
  );
}
