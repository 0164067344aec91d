import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import * as figures from '../../shared/figure-text.js';
import { Plot, type PlotProps } from '../ui/plot.js';
import { axisTimes, localTime } from '../ui/times.js';
import {
  type SignalName,
  type SignalTrend,
  type TrendAnswerSeries,
  type TrendPlot,
  timeRange,
  trendPlot,
  valueRange,
} from './trend-plot.js';

const HEIGHT_PX = 150;

interface TrendFigureProps {
  readonly series: TrendAnswerSeries;
  readonly signal: SignalName;
  readonly words: string;
}

/** One signal of one test: its last runs, the band of the good ones, and what is to be said of it. */
export function TrendFigure({ series, signal, words }: TrendFigureProps) {
  const plot = useMemo(() => trendPlot(series, signal), [series, signal]);
  const trend = series.signals.find(({ signal: name }) => name === signal);
  const { test_id: test } = series.series;
  const current = formatValue(signal, trend?.current?.median);
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
        <p class="empty">No run knows it.</p>
      ) : (
        <Drawing plot={plot} label={`${words} of ${test} over ${plot.values.length} runs; now ${current}`} />
      )}
      <Judgement trend={trend} reset={series.reset} />
    </figure>
  );
}

function formatValue(signal: SignalName, value: number | undefined): string {
  switch (signal) {
    case 'decode_speed':
    case 'prefill_speed':
      return `${figures.speed(value)} tokens/s`;
    case 'ttft':
    case 'model_load':
      return figures.latency(value);
    case 'energy_per_token':
      return figures.joules(value);
    case 'peak_temperature':
      return figures.celsius(value);
  }
}

function Drawing({ plot, label }: { readonly plot: TrendPlot; readonly label: string }) {
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
  }, [plot]);
  const options = useMemo(() => trendOptions(plot), [plot]);
  return <Plot options={options} data={data} height={HEIGHT_PX} label={label} />;
}

function trendOptions(plot: TrendPlot): PlotProps['options'] {
  const [low, high] = valueRange(plot);
  const [from, to] = timeRange(plot.times);
  return ({ width, height }, colour) => {
    const grid = { stroke: colour('--line'), width: 1 };
    const axis = { stroke: colour('--muted'), grid, ticks: grid, font: '11px system-ui, sans-serif' };
    const none = { points: { show: false } };
    return {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { range: [from, to] }, y: { range: [low, high] } },
      axes: [
        { ...axis, size: 28, space: 70, values: (_: uPlot, at: number[]) => axisTimes(at) },
        { ...axis, size: 52 },
      ],
      bands: [{ series: [2, 1], fill: colour('--band') }],
      series: [
        {},
        { ...none, width: 0 },
        { ...none, width: 0 },
        { ...none, stroke: colour('--muted'), width: 1, dash: [4, 4] },
        { stroke: colour('--decode'), width: 1.5, points: { show: true, size: 4, fill: colour('--decode') } },
        { stroke: colour('--bad'), width: 1.5, points: { show: true, size: 6, fill: colour('--bad') } },
      ],
    };
  };
}

function Judgement({
  trend,
  reset,
}: {
  readonly trend: SignalTrend | undefined;
  readonly reset: TrendAnswerSeries['reset'];
}) {
  if (trend === undefined) return null;
  const { regression } = trend;
  if (regression.status === 'learning') {
    return (
      <p class="hint">
        Learning what is normal: {regression.samples} of {regression.needed} runs.
        {reset !== null && ` Begun anew ${localTime(reset.at)}: ${reset.reason}`}
      </p>
    );
  }
  if (regression.status === 'steady') return <p class="hint">As before.</p>;
  const { change_ratio: ratio, since, changes, culprit } = regression;
  return (
    <p class="worse-note">
      <strong class="worse">{figures.change(ratio)}</strong> since {localTime(since)}
      {culprit !== null && `, by the look of it the ${culprit}`}.
      {changes !== null && changes.length > 0 && <> Changed: {changes.map(({ words }) => words).join('; ')}.</>}
      {changes?.length === 0 && <> Nothing that is watched has changed.</>}
    </p>
  );
}
