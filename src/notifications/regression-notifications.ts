/** What judged runs are worth telling: for each, one event of all that became worse, and one of all that is well again. */
import type { Regression } from '../trends/regression-state.js';
import type { SeriesKey } from '../trends/series.js';
import type { SignalName } from '../trends/signal.js';
import type { NotificationEvent, NotifiedFinding } from './event.js';

/** One signal of one series that a run has found worse, or well again. */
export interface EvaluatedSignal {
  readonly kind: 'started' | 'recovered';
  readonly series: Pick<SeriesKey, 'target' | 'model' | 'test_id'>;
  readonly signal: SignalName;
  readonly runId: string;
  readonly at: string;
  readonly regression: Pick<Regression, 'since' | 'change_ratio' | 'changes'>;
}

/** In the order of the runs. */
export function regressionNotifications(judged: readonly EvaluatedSignal[], machine: string): NotificationEvent[] {
  const runs = [...new Set(judged.map(({ runId }) => runId))];
  return runs.flatMap((runId) => {
    const ofRun = judged.filter((signal) => signal.runId === runId);
    const started = ofRun.filter(({ kind }) => kind === 'started');
    const recovered = ofRun.filter(({ kind }) => kind === 'recovered');
    return [...notificationOf('regression_start', started, machine), ...notificationOf('recovery', recovered, machine)];
  });
}

function notificationOf(
  event: 'regression_start' | 'recovery',
  judged: readonly EvaluatedSignal[],
  machine: string,
): NotificationEvent[] {
  const [first] = judged;
  if (first === undefined) return [];
  const { series, runId, at } = first;
  const common = {
    id: `${event}:${runId}`,
    at,
    machine,
    run_id: runId,
    target: series.target,
    model: series.model,
    findings: judged.map(findingOf),
  };
  return [event === 'recovery' ? { event, ...common } : { event, ...common, changes: changesIn(judged) }];
}

function findingOf({ series, signal, regression }: EvaluatedSignal): NotifiedFinding {
  return { test_id: series.test_id, signal, since: regression.since, change_ratio: regression.change_ratio };
}

/** What may explain any of them, the likeliest first; `null` where nothing is known. */
function changesIn(judged: readonly EvaluatedSignal[]): string | null {
  const words = judged.flatMap(({ regression }) =>
    (regression.changes ?? []).flatMap((change) => (change.explains ? [change.words] : [])),
  );
  return words.length === 0 ? null : [...new Set(words)].join('; ');
}
