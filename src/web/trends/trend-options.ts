/** How a trend is drawn: its band, its runs, what changed, and what the pointer does. */
import type uPlot from 'uplot';
import type { PlotProps } from '../ui/plot.js';
import { axisTimes } from '../ui/times.js';
import { type TrendPlot, valueRange } from './trend-plot.js';

export interface TrendPointer {
  /** Over a run, by its place; over none `undefined`. */
  readonly onHover: (index: number | undefined) => void;
  readonly onPick: (index: number) => void;
  /** A stretch of time was drawn out: seconds since 1970. */
  readonly onZoom: (from: number, to: number) => void;
}

export interface TrendDrawing {
  readonly plot: TrendPlot;
  /** Seconds since 1970. */
  readonly time: readonly [number, number];
  /** When something changed, in seconds since 1970. */
  readonly marks: readonly number[];
  readonly pointer: TrendPointer;
}

export function trendOptions({ plot, time: [from, to], marks, pointer }: TrendDrawing): PlotProps['options'] {
  const [low, high] = valueRange(plot);
  return ({ width, height }, colour) => {
    const grid = { stroke: colour('--line'), width: 1 };
    const axis = { stroke: colour('--muted'), grid, ticks: grid, font: '11px system-ui, sans-serif' };
    const none = { points: { show: false } };
    const runs = { show: plot.values.length <= MOST_DOTS };
    return {
      width,
      height,
      legend: { show: false },
      cursor: { y: false, points: { show: true, size: 9 }, drag: { x: true, y: false, setScale: false } },
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
        { stroke: colour('--decode'), width: 1.5, points: { ...runs, size: 4, fill: colour('--decode') } },
        { stroke: colour('--bad'), width: 1.5, points: { ...runs, size: 6, fill: colour('--bad') } },
      ],
      hooks: {
        drawClear: [(drawn) => drawMarks(drawn, marks, colour('--warn'))],
        setCursor: [(drawn) => pointer.onHover(drawn.cursor.idx ?? undefined)],
        setSelect: [(drawn) => zoom(drawn, pointer)],
        // Its listeners go with the plot's own element.
        ready: [(drawn) => drawn.over.addEventListener('click', () => pick(drawn, pointer))],
      },
    };
  };
}

// Closer together, the dots hide the line.
const MOST_DOTS = 120;
// Less is a click with an unsteady hand.
const LEAST_STRETCH_PX = 6;

function zoom(drawn: uPlot, { onZoom }: TrendPointer): void {
  const { left, width } = drawn.select;
  if (width >= LEAST_STRETCH_PX) onZoom(drawn.posToVal(left, 'x'), drawn.posToVal(left + width, 'x'));
}

function pick(drawn: uPlot, { onPick }: TrendPointer): void {
  const { idx } = drawn.cursor;
  if (drawn.select.width < LEAST_STRETCH_PX && idx !== undefined && idx !== null) onPick(idx);
}

function drawMarks({ ctx, bbox, valToPos }: uPlot, marks: readonly number[], colour: string): void {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const mark of marks) {
    const x = Math.round(valToPos(mark, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
