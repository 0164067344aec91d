import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import * as figures from '../../shared/figure-text.js';
import { testName } from '../../shared/test-name.js';
import { behindWords } from '../../shared/text/hiding-place.js';
import { Plot } from '../ui/plot.js';
import { hrefOf } from '../ui/route.js';
import { localTime } from '../ui/times.js';
import { signalText } from './signal-words.js';
import { trendOptions } from './trend-options.js';
import {
  type EnvironmentMark,
  type SignalName,
  type SignalTrend,
  type TrendAnswerSeries,
  type TrendPlot,
  timeRange,
  trendPlot,
} from './trend-plot.js';

const HEIGHT_PX = 150;

interface TrendFigureProps {
  readonly series: TrendAnswerSeries;
  readonly signal: SignalName;
  readonly words: string;
  /** In milliseconds since 1970; without one it is as long as its runs. */
  readonly bounds: readonly [number, number] | undefined;
  readonly marks: readonly EnvironmentMark[];
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

/** One signal of one test: its runs, the band of the good ones, and what is to be said of it. */
export function TrendFigure({ series, signal, words, bounds, marks, onZoom }: TrendFigureProps) {
  const plot = useMemo(() => trendPlot(series, signal), [series, signal]);
  const trend = series.signals.find(({ signal: name }) => name === signal);
  const test = testName(series.series.test_id);
  const current = signalText(signal, trend?.current?.median);
  return (
    <figure class="figure trend">
      <figcaption>
        <strong>{test}</strong>
        <span class="number">{current}</span>
        {trend?.change_ratio !== undefined && trend.change_ratio !== null && (
          <span class={trend.regression.status === 'active' ? 'number worse' : 'number hint'}>
            {figures.change(trend.change_ratio)}
          </span>
        )}
      </figcaption>
      {plot === undefined ? (
        <p class="empty">{bounds === undefined ? 'No run knows it.' : 'No run of this time knows it.'}</p>
      ) : (
        <>
          <Drawing
            plot={plot}
            label={`${words} of ${test} over ${plot.values.length} runs; now ${current}`}
            signal={signal}
            bounds={bounds}
            marks={marks}
            onZoom={onZoom}
          />
          {series.runs_in_time > series.points.length && bounds !== undefined && (
            <p class="hint">
              Of {figures.count(series.runs_in_time)} runs, the middle one of each stretch. Draw out a shorter time to
              see all of them.
            </p>
          )}
          <RunTable plot={plot} signal={signal} words={words} test={test} />
        </>
      )}
      <Judgement trend={trend} series={series} />
    </figure>
  );
}

interface DrawingProps extends Pick<TrendFigureProps, 'signal' | 'bounds' | 'marks' | 'onZoom'> {
  readonly plot: TrendPlot;
  readonly label: string;
}

function Drawing({ plot, label, signal, bounds, marks, onZoom }: DrawingProps) {
  const [hovered, setHovered] = useState<number>();
  const data = useMemo<uPlot.AlignedData>(() => {
    const flat = (value: number | undefined) => plot.times.map(() => value ?? null);
    return [
      [...plot.times],
      flat(plot.band?.low),
      flat(plot.band?.high),
      flat(plot.band?.median),
      [...plot.values],
      [...plot.regressed],
    ];
  }, [plot, bounds?.[0], bounds?.[1], marks]);
  const options = useMemo(() => {
    const time = bounds === undefined ? timeRange(plot.times) : ([bounds[0] / 1000, bounds[1] / 1000] as const);
    const pointer = {
      onHover: setHovered,
      onPick: (index: number) => openRun(plot.runIds[index]),
      onZoom: (from: number, to: number) => onZoom(from * 1000, to * 1000),
    };
    return trendOptions({ plot, time, marks: marks.map(({ at }) => Date.parse(at) / 1000), pointer });
  }, [data]);
  return (
    <>
      <Plot options={options} data={data} height={HEIGHT_PX} label={label} />
      <p class="hint readout" aria-hidden="true">
        {readout(plot, signal, hovered)}
      </p>
    </>
  );
}

/** What stands under the pointer. */
function readout(plot: TrendPlot, signal: SignalName, index: number | undefined): string {
  const [at, value] = index === undefined ? [] : [plot.times[index], plot.values[index]];
  if (at === undefined || value === undefined) return 'Point at a run for its value, click for the run, drag to zoom.';
  return `${localTime(new Date(at * 1000).toISOString())}: ${signalText(signal, value)}`;
}

/** A run's id ends with that of its job. */
function jobHref(runId: string): string {
  return hrefOf({ view: 'job', jobId: runId.slice(-8) });
}

function openRun(runId: string | undefined): void {
  if (runId !== undefined) location.hash = jobHref(runId);
}

interface RunTableProps {
  readonly plot: TrendPlot;
  readonly signal: SignalName;
  readonly words: string;
  readonly test: string;
}

/** The same for those who do not point: drawn once somebody opens it. */
function RunTable({ plot, signal, words, test }: RunTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Runs <span class="visually-hidden">of {test} as a table</span>
      </summary>
      {isOpen && (
        <section class="scroll runs" tabIndex={0} aria-label={`${words} of ${test}, run by run`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col" class="number">
                  {words}
                </th>
              </tr>
            </thead>
            <tbody>
              {plot.times
                .map((at, index) => ({ at, id: plot.runIds[index] ?? '', value: plot.values[index] }))
                .reverse()
                .map(({ at, id, value }) => (
                  <tr key={id}>
                    <th scope="row">
                      <a href={jobHref(id)}>{localTime(new Date(at * 1000).toISOString())}</a>
                    </th>
                    <td class="number">{signalText(signal, value)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

function Judgement({
  trend,
  series: { reset, dismissed },
}: {
  readonly trend: SignalTrend | undefined;
  readonly series: Pick<TrendAnswerSeries, 'reset' | 'dismissed'>;
}) {
  if (trend === undefined) return null;
  const { regression } = trend;
  const begun = reset === null ? '' : ` Begun anew ${localTime(reset.at)}: ${reset.reason}`;
  const ended = dismissed === null ? '' : ` Said to be no regression ${localTime(dismissed.at)}: ${dismissed.reason}`;
  if (regression.status === 'learning') {
    return (
      <p class="hint">
        Learning what is normal: {regression.samples} of {regression.needed} runs.{begun}
      </p>
    );
  }
  if (regression.status === 'steady') {
    return (
      <p class="hint">
        As before.{begun}
        {ended}
      </p>
    );
  }
  const { change_ratio: ratio, since, changes, culprit, behind } = regression;
  return (
    <p class="worse-note">
      <strong class="worse">{figures.change(ratio)}</strong> since {localTime(since)}
      {culprit !== null && `, by the look of it the ${culprit}`}.
      {behind !== null && ` Against the month before: it came ${behindWords[behind]}.`}
      {changes !== null && changes.length > 0 && <> Changed: {changes.map(({ words }) => words).join('; ')}.</>}
      {changes?.length === 0 && <> Nothing that is watched has changed.</>}
      {begun}
      {ended}
    </p>
  );
}
