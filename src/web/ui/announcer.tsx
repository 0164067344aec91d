import type { PageSession } from '../agent/page-session.js';
import { runAnnouncement } from '../run/run-announcement.js';
import { useCellPart } from './use-cell.js';

/** Has screen readers say how the run goes, whichever view is open: of a region that comes with its words few tell. */
export function Announcer({ session }: { readonly session: PageSession }) {
  const calm = useCellPart(session.run.state, (state) => runAnnouncement(state).calm);
  const urgent = useCellPart(session.run.state, (state) => runAnnouncement(state).urgent);
  return (
    <div class="announcer visually-hidden">
      <p role="status">{calm}</p>
      <p role="alert">{urgent}</p>
    </div>
  );
}
