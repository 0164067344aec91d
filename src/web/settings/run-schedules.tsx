import { useState } from 'preact/hooks';
import { AgentButton } from '../agent/agent-button.js';
import { wordsOf } from '../agent/agent-client.js';
import type { PageSession } from '../agent/page-session.js';
import { hrefOf } from '../ui/route.js';
import { useCellPart } from '../ui/use-cell.js';

type Outcome = { readonly jobIds: readonly string[] } | { readonly problem: string };

/** Runs what a schedule runs without waiting for its time. */
export function RunSchedules({ session }: { readonly session: PageSession }) {
  const schedules = useCellPart(session.status, (status) => status?.schedules.in_force) ?? [];
  const [outcome, setOutcome] = useState<Outcome>();
  if (schedules.length === 0) return null;
  const run = async (name: string) => {
    try {
      const path = `schedules/${encodeURIComponent(name)}/run`;
      setOutcome({ jobIds: (await session.client.send<{ job_ids: string[] }>('POST', path)).job_ids });
      session.changes.value += 1;
    } catch (error) {
      setOutcome({ problem: wordsOf(error) });
    }
    await session.poll.now();
  };
  return (
    <section class="card" aria-labelledby="run-now-title">
      <h2 id="run-now-title">Run now</h2>
      <div class="actions">
        {schedules.map(({ name }) => (
          <AgentButton key={name} session={session} onPress={() => void run(name)}>
            Run {name} now
          </AgentButton>
        ))}
      </div>
      <p role="status" class="hint">
        {outcome !== undefined && 'problem' in outcome && `Not started: ${outcome.problem}`}
        {outcome !== undefined && 'jobIds' in outcome && (
          <>
            Started, or waiting for its turn:{' '}
            {outcome.jobIds.map((id) => (
              <a key={id} class="chip" href={hrefOf({ view: 'job', jobId: id })}>
                {id}
              </a>
            ))}
          </>
        )}
      </p>
    </section>
  );
}
