import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { speed, watts } from '../../shared/figure-text.js';
import { contextLabel } from '../results/context-curve.js';
import { contextPlot, fromZero, plainValues } from '../results/context-plot.js';
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
  return (size, colour) => {
    const { frame, axis, scale, contextAxis } = contextPlot(contexts, size, colour);
    const lines = runs.flatMap(({ index }): uPlot.Series[] => {
      const stroke = colour(`--run-${index}`);
      return [
        { scale: 'speed', stroke, width: 2, spanGaps: true, points: { show: true, size: 7, fill: stroke } },
        { scale: 'power', stroke, width: 1.5, dash: [5, 4], spanGaps: true, points: { show: false } },
      ];
    });
    return {
      ...frame,
      scales: { x: scale, speed: { range: fromZero }, power: { range: fromZero } },
      axes: [
        contextAxis,
        { ...axis, scale: 'speed', size: 56, values: plainValues },
        { ...axis, scale: 'power', side: 1, size: 56, show: hasPower, grid: { show: false }, values: plainValues },
      ],
      series: [{}, ...lines],
    };
  };
}
