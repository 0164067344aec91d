import type { TrendsAnswer } from '../../api/trends-answer.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { oneOf, useAddress } from '../ui/use-address.js';
import { useCell } from '../ui/use-cell.js';
import { TrendFigure } from './trend-figure.js';
import { firstSignal, trendGroups } from './trend-groups.js';
import type { SignalName } from './trend-plot.js';

const POINTS = 60;

const signalWords: Readonly<Record<SignalName, string>> = {
  decode_speed: 'Decode speed',
  prefill_speed: 'Prefill speed',
  ttft: 'Time to first token',
  energy_per_token: 'Energy per token',
  peak_temperature: 'Peak temperature',
  model_load: 'Model load time',
};
const signalNames = Object.keys(signalWords) as SignalName[];

/** Every test over its last runs, with what is normal and where it became worse. */
export function TrendsView({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const { value, problem } = useAnswer(() => session.client.get<TrendsAnswer>(`trends?points=${POINTS}`), [changes]);
  const { choices, choose } = useAddress();
  const wanted = oneOf(choices.get('figure'), signalNames);
  const chosen = choices.get('series');
  const groups = trendGroups(value?.series ?? []);
  const group = groups.find(({ id }) => id === chosen) ?? groups[0];
  const signal = wanted ?? (group === undefined ? 'decode_speed' : firstSignal(group));
  return (
    <section class="card" aria-labelledby="trends-title">
      <div class="card-head">
        <h2 id="trends-title">Trends</h2>
        {group !== undefined && (
          <div class="filters">
            <label class="filter">
              Model
              <select value={group.id} onChange={({ currentTarget }) => choose({ series: currentTarget.value })}>
                {groups.map(({ id, name, worse }) => (
                  <option key={id} value={id}>
                    {worse.length > 0 ? `⚠ ${name}: worse` : name}
                  </option>
                ))}
              </select>
            </label>
            <label class="filter">
              Figure
              <select value={signal} onChange={({ currentTarget }) => choose({ figure: currentTarget.value })}>
                {signalNames.map((name) => (
                  <option key={name} value={name}>
                    {signalWords[name]}
                    {group.worse.includes(name) ? ' (worse)' : ''}
                  </option>
                ))}
              </select>
            </label>
          </div>
        )}
      </div>
      {group === undefined ? (
        <p class="empty">
          {problem ?? (value === undefined ? 'Loading…' : 'Nothing was measured yet. Trends begin with the first run.')}
        </p>
      ) : (
        <div class="trend-grid">
          {group.series.map((series) => (
            <TrendFigure key={series.series.test_id} series={series} signal={signal} words={signalWords[signal]} />
          ))}
        </div>
      )}
      {value !== undefined && group !== undefined && (
        <p class="hint">
          Judged from {value.min_samples} good runs on, against the last {value.window}; a change counts from{' '}
          {Math.round(value.drop * 100)} % on, where it is no chance. The band holds nine of ten good runs.
        </p>
      )}
    </section>
  );
}
