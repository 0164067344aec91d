import { useState } from 'preact/hooks';
import type { NodeDiagnosticsDocument } from '../../runner/diagnostics/diagnostics-schema.js';
import { GIB, MIB } from '../../shared/units.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { RunnerCard } from '../run/runner-card.js';
import { Facts } from '../ui/facts.js';
import { span } from '../ui/times.js';
import { useCell, useCellPart } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';
import { NowCard } from './now-card.js';
import { SchedulesCard } from './schedules-card.js';

const WATCH_MS = 2000;
const REST_MS = 15_000;

/** The runner and what it has told, the hardware, the agent itself. */
export function MachineView({ session }: { readonly session: PageSession }) {
  const isRunning = useCellPart(session.status, (status) => status !== undefined && status.running !== null);
  const renewals = useCell(session.renewals);
  const [isWatching, setIsWatching] = useState(true);
  const nowMs = useNow(isRunning ? WATCH_MS : REST_MS);
  const { value, problem } = useAnswer(
    () => session.client.get<NodeDiagnosticsDocument>('v1/diagnostics/node'),
    [isWatching ? nowMs : undefined, renewals],
  );
  return (
    <div class="columns">
      <div class="column">
        <RunnerCard
          runners={value?.supervisorRunners}
          warnings={value?.warnings ?? []}
          problem={problem}
          isWatching={isWatching}
          onWatch={setIsWatching}
        />
      </div>
      <aside class="column side" aria-label="Now">
        <NowCard session={session} />
        {value !== undefined && <AgentCard document={value} />}
        <SchedulesCard session={session} />
      </aside>
    </div>
  );
}

function AgentCard({ document: { runtime, resources } }: { readonly document: NodeDiagnosticsDocument }) {
  const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
  const facts: readonly (readonly [string, string])[] = [
    ['Version', runtime.typhonVersion],
    ['Up for', span(runtime.uptimeSeconds * 1000)],
    ['Memory', `${Math.round(resources.agentMemory.rssBytes / MIB)} MiB`],
    ['Event loop', `${(runtime.eventLoopDelaySeconds * 1000).toFixed(1)} ms late`],
    ['Machine’s memory', `${gib(resources.memory.availableBytes)} of ${gib(resources.memory.totalBytes)} free`],
    ...(resources.loadAverage === null
      ? []
      : [['Load', `${resources.loadAverage.oneMinute.toFixed(2)} on ${resources.cpuCount} cores`] as const]),
    ['Node.js', `${runtime.nodeVersion}, ${runtime.platform} ${runtime.arch}`],
  ];
  return (
    <section class="card" aria-labelledby="agent-title">
      <h2 id="agent-title">The agent</h2>
      <Facts facts={facts} narrow />
    </section>
  );
}
