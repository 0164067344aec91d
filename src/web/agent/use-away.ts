import { useCell } from '../ui/use-cell.js';
import type { PageSession } from './page-session.js';

/** Why nothing of the agent can be had now, in words; `undefined` while it answers, also where it wants a token first. */
export function useAway(session: PageSession): string | undefined {
  const link = useCell(session.poll.link);
  return link.state === 'down' && !link.isLocked ? link.reason : undefined;
}
