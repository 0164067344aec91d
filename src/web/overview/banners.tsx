import type { PageSession } from '../agent/page-session.js';
import { useCell } from '../ui/use-cell.js';

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
          <span>{link.reason} Trying again.</span>
          <button type="button" onClick={() => void session.askAgain()}>
            Now
          </button>
        </p>
      )}
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
