import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { speed, watts } from '../../shared/figure-text.js';
import { contextLabel } from '../results/context-curve.js';
import { Plot, type PlotProps } from '../ui/plot.js';
import type { CompareCurves } from './compare-curves.js';

const HEIGHT_PX = 260;

interface ComparePlotProps {
  readonly curves: CompareCurves;
  /** Of all runs, by their index. */
  readonly names: readonly string[];
}

/** Decode speed of each run over the context size, and below it in dashes what power it took. */
export function ComparePlot({ curves, names }: ComparePlotProps) {
  const data = useMemo<uPlot.AlignedData>(
    () => [[...curves.contexts], ...curves.runs.flatMap(({ decode, power }) => [[...decode], [...power]])],
    [curves],
  );
  const options = useMemo(() => optionsFor(curves), [curves]);
  const words = curves.runs.map(
    ({ index, decode, power }) =>
      `${names[index]}: ${curves.contexts
        .map((size, at) => `${contextLabel(size)} ${speed(decode[at])} tokens/s ${watts(power[at])}`)
        .join(', ')}`,
  );
  return (
    <figure class="figure">
      <figcaption>
        <strong>Over the context size</strong>
        {curves.runs.map(({ index }) => (
          <span key={index} class={`key run-${index}`}>
            {names[index]}
          </span>
        ))}
        <span class="hint">{curves.hasPower ? 'lines: decode, tokens/s; dashes: power, W' : 'decode, tokens/s'}</span>
      </figcaption>
      <Plot options={options} data={data} height={HEIGHT_PX} label={`Over the context size: ${words.join('; ')}`} />
    </figure>
  );
}

function optionsFor({ contexts, runs, hasPower }: CompareCurves): PlotProps['options'] {
  return ({ width, height }, colour) => {
    const grid = { stroke: colour('--line'), width: 1 };
    const axis = { stroke: colour('--muted'), grid, ticks: grid, font: '12px system-ui, sans-serif' };
    const plain = (_: uPlot, at: number[]) => at.map((value) => String(value));
    const lines = runs.flatMap(({ index }): uPlot.Series[] => {
      const stroke = colour(`--run-${index}`);
      return [
        { scale: 'speed', stroke, width: 2, spanGaps: true, points: { show: true, size: 7, fill: stroke } },
        { scale: 'power', stroke, width: 1.5, dash: [5, 4], spanGaps: true, points: { show: false } },
      ];
    });
    return {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, distr: 3, log: 2, range: [(contexts[0] ?? 1) / 1.15, (contexts.at(-1) ?? 2) * 1.15] },
        speed: { range: fromZero },
        power: { range: fromZero },
      },
      axes: [
        { ...axis, size: 32, splits: () => [...contexts], values: (_: uPlot, at: number[]) => at.map(contextLabel) },
        { ...axis, scale: 'speed', size: 56, values: plain },
        { ...axis, scale: 'power', side: 1, size: 56, show: hasPower, grid: { show: false }, values: plain },
      ],
      series: [{}, ...lines],
    };
  };
}

/** Speeds and powers are compared from nought, or a small difference looks like a large one. */
function fromZero(_: uPlot, _least: number, most: number | null): [number, number] {
  return [0, most !== null && most > 0 ? most * 1.1 : 1];
}
