/** What a user's word makes of all that is remembered of a series. */
import type { ChronicleRow } from '../chronicle/row.js';
import { DAY_MS } from '../shared/units.js';
import { type BaselineReset, concerns, isDismissal } from './baseline-reset.js';
import { whatChanged } from './changes/what-changed.js';
import { withBreak, withRegressed } from './history.js';
import { initialState, type RegressedState, type RegressionState } from './regression-state.js';
import { signalNames } from './signal.js';
import type { SeriesRecord } from './trend.js';

/** Whether a user's word changes anything about a series: there may be nothing in it to be dismissed. */
export function isConcerned(record: SeriesRecord, word: BaselineReset): boolean {
  if (!concerns(word, record.series)) return false;
  return !isDismissal(word) || Object.values(record.signals).some((signal) => isDismissed(signal?.state, word));
}

/** What began to be told after a word was not meant by it. */
function isDismissed(state: RegressionState | undefined, { at }: Pick<BaselineReset, 'at'>): state is RegressedState {
  return state?.status === 'regressed' && state.regression.detected_at <= at;
}

/** The series as it goes on from there. */
export function afterWord(record: SeriesRecord, word: BaselineReset): SeriesRecord {
  return isDismissal(word) ? afterDismissal(record, word) : afterReset(record, word);
}

/** The normal stays what it was, and the runs that were told count for nothing: others like them are told again. */
function afterDismissal(record: SeriesRecord, { at, reason }: Pick<BaselineReset, 'at' | 'reason'>): SeriesRecord {
  const known = { ...record.signals };
  for (const name of signalNames) {
    const signal = known[name];
    if (signal === undefined || !isDismissed(signal.state, { at })) continue;
    const { baseline, regression } = signal.state;
    const tomorrow = new Date(Date.parse(at) + DAY_MS).toISOString();
    known[name] = {
      state: { status: 'steady', baseline, recent: [] },
      history: withRegressed(signal.history, regression.since, tomorrow),
    };
  }
  return { ...record, dismissed: { at, reason }, signals: known };
}

/** With no normal yet: the next runs make it. */
function afterReset(record: SeriesRecord, { at, reason }: Pick<BaselineReset, 'at' | 'reason'>): SeriesRecord {
  const signals: SeriesRecord['signals'] = {};
  for (const name of signalNames) {
    const known = record.signals[name];
    if (known !== undefined) signals[name] = { state: initialState, history: withBreak(known.history, at) };
  }
  return { ...record, reset: { at, reason }, signals };
}

/** Other weights under the same name are another model, which has to find its own normal from `at` on. */
export function afterModelFile(
  record: SeriesRecord,
  { model_file: file, server_kind }: Pick<ChronicleRow, 'model_file' | 'server_kind'>,
  at: string,
): SeriesRecord {
  if (file === null) return record;
  const { model_file: known } = record;
  const followed = { ...record, model_file: { server_kind, file } };
  // Each kind of server names the file in its own manner.
  if (known === null || known.server_kind !== server_kind) return followed;
  if (known.file === file) return record;
  const changes = whatChanged({ model_file: known.file }, { model_file: file });
  return afterReset(followed, { at, reason: changes.map(({ words }) => words).join('; ') });
}
