import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { latency, speed } from '../../shared/figure-text.js';
import { Plot, type PlotProps } from '../ui/plot.js';
import { type ContextCurve, contextLabel } from './context-curve.js';

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
  return ({ width, height }, colour) => {
    const grid = { stroke: colour('--line'), width: 1 };
    const axis = { stroke: colour('--muted'), grid, ticks: grid, font: '12px system-ui, sans-serif' };
    const line = (name: string, stroke: string, scale: string) => ({
      label: name,
      scale,
      stroke,
      width: 2,
      spanGaps: true,
      points: { show: true, size: 7, fill: stroke },
    });
    return {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, distr: 3, log: 2, range: [(contexts[0] ?? 1) / 1.15, (contexts.at(-1) ?? 2) * 1.15] },
        speed: { range: fromZero },
        time: { range: fromZero },
      },
      axes: [
        { ...axis, size: 32, splits: () => [...contexts], values: (_: uPlot, at: number[]) => at.map(contextLabel) },
        { ...axis, scale: 'speed', size: 56, values: (_: uPlot, at: number[]) => at.map((value) => String(value)) },
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

/** Speeds and waits are compared from nought, or a small change looks like a large one. */
function fromZero(_: uPlot, _least: number, most: number): [number, number] {
  return [0, most > 0 ? most * 1.1 : 1];
}

function seconds(value: number): string {
  if (value === 0) return '0';
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${Number(value.toFixed(2))} s`;
}
