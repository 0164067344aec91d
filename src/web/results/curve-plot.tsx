import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { latency, speed } from '../../shared/figure-text.js';
import { Plot, type PlotProps } from '../ui/plot.js';
import { type ContextCurve, contextLabel } from './context-curve.js';
import { contextPlot, fromZero, plainValues } from './context-plot.js';

const HEIGHT_PX = 240;

/** Decode speed and time to first token over the context size. */
export function CurvePlot({ curve }: { readonly curve: ContextCurve }) {
  const data = useMemo<uPlot.AlignedData>(
    () => [[...curve.contexts], [...curve.decode], [...curve.ttft]],
    [curve.contexts.join(), curve.decode.join(), curve.ttft.join()],
  );
  const options = useMemo(() => optionsFor(curve), [data]);
  const label = curve.contexts
    .map(
      (tokens, index) =>
        `${contextLabel(tokens)}: ${speed(curve.decode[index])} tokens/s, ${latency(curve.ttft[index])}`,
    )
    .join('; ');
  return (
    <figure class="figure">
      <figcaption>
        <strong>Over the context size</strong>
        <span class="key decode">decode, tokens/s</span>
        <span class="key ttft">first token</span>
      </figcaption>
      <Plot options={options} data={data} height={HEIGHT_PX} label={`Over the context size: ${label}`} />
    </figure>
  );
}

function optionsFor({ contexts }: ContextCurve): PlotProps['options'] {
  return (size, colour) => {
    const { frame, axis, scale, contextAxis } = contextPlot(contexts, size, colour);
    const line = (name: string, stroke: string, scale: string) => ({
      label: name,
      scale,
      stroke,
      width: 2,
      spanGaps: true,
      points: { show: true, size: 7, fill: stroke },
    });
    return {
      ...frame,
      scales: { x: scale, speed: { range: fromZero }, time: { range: fromZero } },
      axes: [
        contextAxis,
        { ...axis, scale: 'speed', size: 56, values: plainValues },
        {
          ...axis,
          scale: 'time',
          side: 1,
          size: 62,
          grid: { show: false },
          values: (_: uPlot, at: number[]) => at.map(seconds),
        },
      ],
      series: [{}, line('decode', colour('--decode'), 'speed'), line('first token', colour('--ttft'), 'time')],
    };
  };
}

function seconds(value: number): string {
  if (value === 0) return '0';
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${Number(value.toFixed(2))} s`;
}
