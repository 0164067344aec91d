/** What every plot over the context size has in common. */
import type uPlot from 'uplot';
import type { PlotProps } from '../ui/plot.js';
import { contextLabel } from './context-curve.js';

type PlotOptions = ReturnType<PlotProps['options']>;

/** Its frame, and an axis to draw the others like. `contexts`: in tokens, ascending. */
export function contextPlot(
  contexts: readonly number[],
  { width, height }: { readonly width: number; readonly height: number },
  colour: (name: string) => string,
) {
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--muted'), grid, ticks: grid, font: '12px system-ui, sans-serif' };
  return {
    axis,
    frame: { width, height, legend: { show: false }, cursor: { show: false } } satisfies Partial<PlotOptions>,
    scale: {
      time: false,
      distr: 3,
      log: 2,
      range: [(contexts[0] ?? 1) / 1.15, (contexts.at(-1) ?? 2) * 1.15],
    } satisfies uPlot.Scale,
    contextAxis: {
      ...axis,
      size: 32,
      splits: () => [...contexts],
      // uPlot has null for those of a logarithmic axis that it leaves out where they lie close.
      values: (_: uPlot, at: readonly (number | null)[]) => at.map((mark) => (mark === null ? '' : contextLabel(mark))),
    } satisfies uPlot.Axis,
  };
}

/** Speeds and waits are compared from nought, or a small change looks like a large one. */
export function fromZero(_: uPlot, _least: number | null, most: number | null): [number, number] {
  return [0, most !== null && most > 0 ? most * 1.1 : 1];
}

export function plainValues(_: uPlot, at: number[]): string[] {
  return at.map((value) => String(value));
}
