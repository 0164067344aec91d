import { useRef, useState } from 'preact/hooks';
import type { TrendsAnswer } from '../../api/trends-answer.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { localTime } from '../ui/times.js';
import { oneOf, useAddress } from '../ui/use-address.js';
import { useCell } from '../ui/use-cell.js';
import { useKeptFocus } from '../ui/use-kept-focus.js';
import { signalNames, signalWords } from './signal-words.js';
import { TrendFigure } from './trend-figure.js';
import { chosenGroup, firstSignal, type TrendGroup, trendGroups } from './trend-groups.js';
import type { EnvironmentMark, SignalName } from './trend-plot.js';
import { boundsOf, choicesFor, type TrendTime, timeOf, timeSpanNames, timeSpans } from './trend-time.js';
import { WordForm, Words } from './user-word.js';

const LAST_RUNS = 60;
const MOST_POINTS = 300;

/** Every test over time, with what is normal, where it became worse and what changed. */
export function TrendsView({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const { choices, choose } = useAddress();
  const box = useRef<HTMLElement>(null);
  useKeptFocus(box);
  // Which models there are, and which became worse: no run is read for that.
  const { value, problem } = useAnswer(() => session.client.get<TrendsAnswer>('trends?points=0'), [changes]);
  const groups = trendGroups(value?.series ?? []);
  const group = chosenGroup(groups, choices);
  const time = timeOf(choices);
  const signal =
    oneOf(choices.get('figure'), signalNames) ?? (group === undefined ? 'decode_speed' : firstSignal(group));
  return (
    <section class="card" ref={box} aria-labelledby="trends-title">
      <div class="card-head">
        <h2 id="trends-title" tabIndex={-1} data-rest>
          Trends
        </h2>
        {group !== undefined && (
          <div class="filters">
            <label class="filter">
              Model
              <select
                value={group.id}
                onChange={({ currentTarget: { value: id } }) => {
                  const { target, model, workload, machine } = groups.find((one) => one.id === id) ?? group;
                  choose({ target, model, workload, machine });
                }}
              >
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
            <TimeChoice time={time} onChange={(next) => choose(choicesFor(next))} />
          </div>
        )}
      </div>
      {group === undefined || value === undefined ? (
        <p class="empty">
          {problem ?? (value === undefined ? 'Loading…' : 'Nothing was measured yet. Trends begin with the first run.')}
        </p>
      ) : (
        <GroupTrends
          key={group.id}
          session={session}
          group={group}
          signal={signal}
          time={time}
          onZoom={(fromMs, toMs) => choose(choicesFor({ kind: 'drawn', fromMs, toMs }))}
        />
      )}
    </section>
  );
}

function TimeChoice({ time, onChange }: { readonly time: TrendTime; readonly onChange: (time: TrendTime) => void }) {
  const value = time.kind === 'span' ? time.span : time.kind;
  return (
    <label class="filter">
      Range
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const span = oneOf(currentTarget.value, timeSpanNames);
          onChange(span === undefined ? { kind: 'last' } : { kind: 'span', span });
        }}
      >
        <option value="last">the last {LAST_RUNS} runs</option>
        {timeSpanNames.map((span) => (
          <option key={span} value={span}>
            {timeSpans[span].words}
          </option>
        ))}
        {time.kind === 'drawn' && (
          <option value="drawn">
            {localTime(new Date(time.fromMs).toISOString())} – {localTime(new Date(time.toMs).toISOString())}
          </option>
        )}
      </select>
    </label>
  );
}

interface GroupTrendsProps {
  readonly session: PageSession;
  readonly group: TrendGroup;
  readonly signal: SignalName;
  readonly time: TrendTime;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

interface Looked {
  readonly answer: TrendsAnswer;
  readonly bounds: readonly [number, number] | undefined;
}

/** One model on one target. */
function GroupTrends({ session, group, signal, time, onZoom }: GroupTrendsProps) {
  const changes = useCell(session.changes);
  const [kept, setKept] = useState('');
  const { target, model } = group;
  const address = JSON.stringify(choicesFor(time));
  const { value, problem, isLoading } = useAnswer(async (): Promise<Looked> => {
    const bounds = boundsOf(time, Date.now());
    const query = new URLSearchParams({ target, model, signal, points: String(bounds ? MOST_POINTS : LAST_RUNS) });
    for (const [name, at] of [['from', bounds?.[0]] as const, ['to', bounds?.[1]] as const]) {
      if (at !== undefined) query.set(name, new Date(at).toISOString());
    }
    return { answer: await session.client.get<TrendsAnswer>(`trends?${query}`), bounds };
  }, [changes, address, signal]);
  if (value === undefined) return <p class="empty">{problem ?? 'Loading…'}</p>;
  const { answer, bounds } = value;
  const own = trendGroups(answer.series).find(({ id }) => id === group.id);
  const marks = answer.changes.filter(({ machine_id: machine }) => machine === group.machine);
  const runs = own?.series.reduce((sum, { points }) => sum + points.length, 0) ?? 0;
  return (
    <>
      {problem !== undefined && <p class="empty">{problem} What is shown is older.</p>}
      {runs === 0 && <p class="empty">No run of this time. Choose a longer one.</p>}
      {runs > 0 && (
        <div class="trend-grid" aria-busy={isLoading}>
          {own?.series.map((series) => (
            <TrendFigure
              key={series.series.test_id}
              series={series}
              signal={signal}
              words={signalWords[signal]}
              bounds={bounds}
              marks={marks}
              onZoom={onZoom}
            />
          ))}
        </div>
      )}
      <Marks marks={marks} />
      {group.worse.length > 0 && <WordForm group={group} session={session} onKept={setKept} />}
      <p role="status" class="hint">
        {kept}
      </p>
      <Words said={answer.words} />
      <p class="hint">
        Judged from {answer.min_samples} good runs on, against the last {answer.window}; a change counts from{' '}
        {Math.round(answer.drop * 100)} % on, where it is no chance. The band holds nine of ten good runs.
      </p>
    </>
  );
}

function Marks({ marks }: { readonly marks: readonly EnvironmentMark[] }) {
  if (marks.length === 0) return null;
  return (
    <div>
      <h3 class="key mark-key">Changed in this time</h3>
      <ul class="plain said">
        {marks.map(({ at, changes }) => (
          <li key={at}>
            <time dateTime={at}>{localTime(at)}</time>: {changes.join('; ')}
          </li>
        ))}
      </ul>
    </div>
  );
}
