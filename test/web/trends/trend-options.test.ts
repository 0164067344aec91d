import t, { type Test } from 'tap';
import type uPlot from 'uplot';
import { type TrendDrawing, trendOptions } from '../../../src/web/trends/trend-options.js';
import { type TrendPlot, valueRange } from '../../../src/web/trends/trend-plot.js';
import { axisTimes } from '../../../src/web/ui/times.js';

const plot: TrendPlot = {
  times: [100, 200, 300],
  values: [80, 90, 85],
  regressed: [null, null, 85],
  runIds: ['r1', 'r2', 'r3'],
  band: { low: 78, median: 88, high: 95 },
};

function drawn(fields: Partial<TrendDrawing> = {}) {
  const said: unknown[][] = [];
  const pointer = {
    onHover: (index: number | undefined) => said.push(['hover', index]),
    onPick: (index: number) => said.push(['pick', index]),
    onZoom: (from: number, to: number) => said.push(['zoom', from, to]),
  };
  const drawing = { plot, time: [50, 350] as const, marks: [], pointer, ...fields };
  return { said, options: trendOptions(drawing)({ width: 600, height: 180 }, (name) => name) };
}

/** As much of a drawn plot as its hooks look at. */
function fakePlot(fields: { readonly idx?: number | null; readonly select?: { left: number; width: number } } = {}) {
  const listeners: (() => void)[] = [];
  const lines: [number, number][] = [];
  const strokes: string[] = [];
  const fake = {
    cursor: { idx: fields.idx },
    select: fields.select ?? { left: 0, width: 0 },
    posToVal: (px: number) => px * 10,
    valToPos: (value: number) => value,
    over: { addEventListener: (_: string, listener: () => void) => listeners.push(listener) },
    bbox: { left: 60, top: 5, width: 200, height: 100 },
    ctx: {
      save: () => undefined,
      restore: () => undefined,
      beginPath: () => undefined,
      setLineDash: () => undefined,
      stroke() {
        strokes.push(this.strokeStyle);
      },
      strokeStyle: '',
      lineWidth: 0,
      moveTo: (x: number, y: number) => lines.push([x, y]),
      lineTo: (x: number, y: number) => lines.push([x, y]),
    },
  };
  const click = () => {
    for (const listener of listeners) listener();
  };
  return { fake: fake as unknown as uPlot, click, lines, strokes };
}

/** A screen of two pixels to each of the style's. */
function withPixels(t: Test): void {
  Object.assign(globalThis, { devicePixelRatio: 2 });
  t.teardown(() => Reflect.deleteProperty(globalThis, 'devicePixelRatio'));
}

t.test('shows the time that was asked for, with all values and the band within it', async (t) => {
  const { options } = drawn();
  t.match(options, { width: 600, height: 180, scales: { x: { range: [50, 350] } } });
  t.same(options.scales?.['y'], { range: valueRange(plot) });
  const { values } = options.axes?.[0] ?? {};
  t.same(values instanceof Function && values(fakePlot().fake, [0, 86_400], 0, 0, 0), axisTimes([0, 86_400]));
  t.equal(options.series.length, 6, 'time, the band, its middle, what was measured, and what is too slow');
});

t.test('has dots while there is room for them', async (t) => {
  t.match(drawn().options.series[4], { points: { show: true } });
  const many = { ...plot, values: Array.from({ length: 121 }, () => 80) };
  t.match(drawn({ plot: many }).options.series[4], { points: { show: false } });
});

t.test('tells which run the pointer is over, and when over none', async (t) => {
  const { options, said } = drawn();
  for (const idx of [1, null]) options.hooks?.setCursor?.[0]?.(fakePlot({ idx }).fake);
  t.same(said, [
    ['hover', 1],
    ['hover', undefined],
  ]);
});

t.test('a click picks the run below it; a stretch that was drawn out is a time to look at', async (t) => {
  const { options, said } = drawn();
  for (const [idx, width] of [
    [2, 0],
    [null, 0],
    [2, 60],
  ] as const) {
    const { fake, click } = fakePlot({ idx, select: { left: 10, width } });
    options.hooks?.ready?.[0]?.(fake);
    options.hooks?.setSelect?.[0]?.(fake);
    click();
  }
  t.same(said, [
    ['pick', 2],
    ['zoom', 100, 700],
  ]);
});

t.test('marks what changed, from the top to the bottom, and nothing beside the plot', async (t) => {
  withPixels(t);
  const { options } = drawn({ marks: [59, 100, 261] });
  const { fake, lines, strokes } = fakePlot();
  options.hooks?.drawClear?.[0]?.(fake);
  t.same(lines, [
    [100, 5],
    [100, 105],
  ]);
  t.same(strokes, ['--warn']);
});
