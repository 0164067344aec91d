import { change, count } from '../../shared/figure-text.js';
import type { MachineReport } from '../../trends/machine-report.js';
import type { BaselinePending } from '../trends/baseline-pending.js';
import { localTime } from '../ui/times.js';

export interface Health {
  readonly report: MachineReport;
  /** As long as nobody knows what is normal. */
  readonly learning: BaselinePending | undefined;
}

interface HealthCardProps {
  readonly health: Health | undefined;
  readonly isLoading: boolean;
}

/** Whether the machine is as good as it was, in a sentence; where not, since when and what changed. */
export function HealthCard({ health, isLoading }: HealthCardProps) {
  return (
    <section class="card" aria-labelledby="health-title">
      <h2 id="health-title">Is it well?</h2>
      {health === undefined ? (
        <p class="empty">{isLoading ? 'Loading…' : 'Nobody knows before the first run.'}</p>
      ) : (
        <Verdict {...health} />
      )}
    </section>
  );
}

function Verdict({ report, learning }: Health) {
  const { regressions, drifts, failures, suggested_ctx_size: context, suggested_ctx_reason: reason } = report;
  const isWell = regressions.length === 0 && failures.length === 0;
  return (
    <>
      {isWell && learning !== undefined ? (
        <p class="verdict">
          <strong>Too early to tell.</strong> Every test of the last run succeeded. What is normal is still being
          learned: {learning.samples} of {learning.needed} runs.
        </p>
      ) : (
        <p class={`verdict ${isWell ? 'good' : 'bad'}`}>
          <strong>{isWell ? 'Yes.' : 'Not quite.'}</strong> {verdict(report)}
        </p>
      )}
      {regressions.length > 0 && (
        <ul class="plain">
          {regressions.map((regression) => (
            <li key={`${regression.test_id} ${regression.signal}`}>
              <strong>{regression.test_id}</strong>: {regression.label}{' '}
              <span class="worse">{change(regression.change_ratio)}</span> since {localTime(regression.since)}
              {regression.changes !== null && regression.changes.length > 0 && (
                <span class="hint"> · {regression.changes.map(({ words }) => words).join(', ')}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {drifts.length > 0 && (
        <ul class="plain">
          {drifts.map((drift) => (
            <li key={`${drift.test_id} ${drift.signal}`}>
              <strong>{drift.test_id}</strong>: {drift.label} drifts by {change(drift.ratio_per_30d)} in 30 days
            </li>
          ))}
        </ul>
      )}
      {context !== null && (
        <p class="hint">
          Suggested context: {count(context)} tokens. {reason}
        </p>
      )}
    </>
  );
}

function verdict({ regressions, failures }: MachineReport): string {
  const words = [
    ...(regressions.length === 0
      ? []
      : [`${regressions.length} ${plural(regressions.length, 'figure is', 'figures are')} worse than before.`]),
    ...(failures.length === 0
      ? []
      : [`${failures.length} ${plural(failures.length, 'test', 'tests')} of the last run failed.`]),
  ];
  return words.length === 0 ? 'Nothing is worse than its baseline.' : words.join(' ');
}

function plural(number: number, one: string, many: string): string {
  return number === 1 ? one : many;
}
