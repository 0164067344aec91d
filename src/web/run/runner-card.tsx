import type { NodeDiagnosticsDocument } from '../../runner/diagnostics/diagnostics-schema.js';
import { hrefOf } from '../ui/route.js';
import { localTime, logLine, span } from '../ui/times.js';

type Runner = NodeDiagnosticsDocument['supervisorRunners'][number];

interface RunnerCardProps {
  readonly runners: readonly Runner[] | undefined;
  readonly warnings: readonly string[];
  readonly problem: string | undefined;
  readonly isWatching: boolean;
  readonly onWatch: (isWatching: boolean) => void;
}

/** Where the runner is, and its flight recorder: what it did last, when one wonders why it is stuck. */
export function RunnerCard({ runners, warnings, problem, isWatching, onWatch }: RunnerCardProps) {
  return (
    <section class="card" aria-labelledby="runner-title">
      <div class="card-head">
        <h2 id="runner-title">Runner</h2>
        <div class="actions end">
          <button type="button" aria-pressed={!isWatching} onClick={() => onWatch(!isWatching)}>
            {isWatching ? 'Hold still' : 'Held: go on'}
          </button>
          <a class="button" href="v1/diagnostics/node">
            JSON
          </a>
        </div>
      </div>
      {warnings.map((warning) => (
        <p key={warning} class="notice warn">
          {warning}
        </p>
      ))}
      {runners === undefined && <p class="empty">{problem ?? 'Loading…'}</p>}
      {runners?.length === 0 && <p class="empty">No runner yet: each run has one of its own.</p>}
      {runners?.map((runner, index) => (
        <details key={runner.instanceId} open={index === 0} class="runner">
          <summary>
            <strong>{runner.processAlive ? runner.phase : ended(runner)}</strong>{' '}
            <span class="hint">
              {runner.modelId} · since {span(runner.secondsInPhase * 1000)}
            </span>
          </summary>
          <RunnerFacts runner={runner} />
          <Recorder runner={runner} />
        </details>
      ))}
    </section>
  );
}

function ended({ exitCode }: Runner): string {
  return exitCode === null ? 'ended' : `ended with ${exitCode}`;
}

function RunnerFacts({ runner }: { readonly runner: Runner }) {
  const { activeCommandId: jobId, inProgressTasks: tasks } = runner;
  return (
    <dl class="facts">
      <div>
        <dt>Status</dt>
        <dd>{runner.statusKind}</dd>
      </div>
      <div>
        <dt>Phase</dt>
        <dd>
          {runner.phase}
          {runner.phaseDetail !== null && <span class="hint"> {runner.phaseDetail}</span>}
        </dd>
      </div>
      <div>
        <dt>Process</dt>
        <dd>{runner.pid ?? '–'}</dd>
      </div>
      <div>
        <dt>Tests</dt>
        <dd>
          {runner.completedTaskCount} done, {tasks.length} under way, {runner.pendingTaskIds.length} to come
        </dd>
      </div>
      {jobId !== null && (
        <div>
          <dt>Job</dt>
          <dd>
            <a href={hrefOf({ view: 'job', jobId })}>{jobId}</a>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Recorder({ runner }: { readonly runner: Runner }) {
  const entries = runner.flightRecorder.toReversed();
  return (
    <section class="scroll recorder" tabIndex={0} aria-label="Flight recorder">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Phase</th>
            <th scope="col">Event</th>
            <th scope="col">Detail</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry, index) => (
            <tr key={entries.length - index}>
              <td title={localTime(entry.at)}>{logLine(`${entry.at} `).clock}</td>
              <td>{entry.phase}</td>
              <td>{entry.event}</td>
              <td class="what">{entry.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
