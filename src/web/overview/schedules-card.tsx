import { useState } from 'preact/hooks';
import type { ScheduleBody } from '../../api/routes/schedules.js';
import { AgentButton } from '../agent/agent-button.js';
import { wordsOf } from '../agent/agent-client.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { hrefOf } from '../ui/route.js';
import { steady } from '../ui/steady.js';
import { localTime, relative } from '../ui/times.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';
import { useSame } from '../ui/use-same.js';

const REFRESH_MS = 30_000;

/** What runs by itself: when next, what was skipped last and why, and a way to pause it. */
export function SchedulesCard({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const isBuiltIn = useCellPart(session.status, (status) => status?.schedules.from === 'built_in');
  const nowMs = useNow(REFRESH_MS);
  const { value: newest, problem: unseen } = useAnswer(
    () => session.client.get<ScheduleBody[]>('schedules'),
    [changes, nowMs],
  );
  const value = useSame(newest);
  const [problem, setProblem] = useState<string>();
  const setPaused = async ({ name, paused }: ScheduleBody) => {
    try {
      await session.client.send(paused ? 'DELETE' : 'PUT', `schedules/${encodeURIComponent(name)}/pause`);
      setProblem(undefined);
    } catch (error) {
      setProblem(wordsOf(error));
    }
    session.changes.value += 1;
  };
  return (
    <section class="card" aria-labelledby="schedules-title">
      <h2 id="schedules-title">By itself</h2>
      {problem !== undefined && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {value === undefined && unseen !== undefined && <p class="empty">{unseen}</p>}
      {value?.length === 0 && (
        <p class="empty">
          Measures only when asked: the configuration’s <code>schedules</code> is an empty list.
        </p>
      )}
      {value !== undefined && value.length > 0 && isBuiltIn && (
        <p class="hint">
          Built in, as the configuration has no <code>schedules</code>.
        </p>
      )}
      <ul class="plain schedules">
        {(value ?? []).map((schedule) => (
          <li key={schedule.name}>
            <p class="meter-line">
              <strong>{schedule.name}</strong>
              <AgentButton
                session={session}
                aria-label={`${schedule.paused ? 'Resume' : 'Pause'} schedule ${schedule.name}`}
                onPress={() => void setPaused(schedule)}
              >
                {schedule.paused ? 'Resume' : 'Pause'}
              </AgentButton>
            </p>
            <SteadySchedule schedule={schedule} nowMs={nowMs} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Schedule({ schedule, nowMs }: { readonly schedule: ScheduleBody; readonly nowMs: number }) {
  const { mode, paused, next_run_at: next, last_run: run, last_skip: skip } = schedule;
  return (
    <>
      <p>
        {paused || next === null ? (
          <span class="badge interrupted">paused</span>
        ) : (
          <>
            {mode}, next <time dateTime={next}>{relative(next, nowMs)}</time>{' '}
            <span class="hint">{localTime(next)}</span>
          </>
        )}
      </p>
      {run !== null && (
        <p class="hint">
          Last run <a href={hrefOf({ view: 'job', jobId: run.job_id })}>{relative(run.at, nowMs)}</a>
        </p>
      )}
      {skip !== null && (
        <p class="hint">
          Skipped {relative(skip.at, nowMs)}: {skip.detail}
        </p>
      )}
    </>
  );
}

const SteadySchedule = steady(Schedule);
