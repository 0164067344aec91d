import type { ComponentProps } from 'preact';
import type { PageSession } from './page-session.js';
import { useAway } from './use-away.js';

/** Of what says that the agent is away. */
export const AWAY_ID = 'away';

interface AgentButtonProps extends Omit<ComponentProps<'button'>, 'onClick' | 'aria-disabled'> {
  readonly session: PageSession;
  readonly onPress?: () => void;
  /** What was asked for is under way. */
  readonly isBusy?: boolean;
}

/**
 * A button whose work is the agent's. While the agent is away it keeps its place and the focus, does nothing, and says
 * why: a press brings what says so into sight, and has the agent looked for once more.
 */
export function AgentButton({ session, onPress, isBusy = false, title, children, ...others }: AgentButtonProps) {
  const away = useAway(session);
  const isAway = away !== undefined;
  const press = (event: Event) => {
    if (!isAway && !isBusy) return onPress?.();
    // Nor is the form sent whose button it is.
    event.preventDefault();
    if (!isAway) return;
    document.getElementById(AWAY_ID)?.scrollIntoView({ block: 'nearest' });
    void session.poll.now();
  };
  return (
    <button
      type="button"
      {...others}
      title={isAway ? `Not now: ${away}` : title}
      aria-describedby={isAway ? AWAY_ID : undefined}
      aria-disabled={isAway || isBusy}
      onClick={press}
    >
      {children}
    </button>
  );
}
