/** A trend as SVG: runs, the band of the good ones, the newest value. No script, no font of its own, light and dark. */
import type { VerdictTone } from '../../shared/verdict-state.js';
import { escaped, shortened } from './svg-text.js';

const [WIDTH, HEIGHT] = [480, 140];
const plot = { left: 8, right: 472, top: 34, bottom: 114 } as const;

// A normal deviation is so many median absolute deviations, and 1.645 of those enclose nine of ten values.
const BAND_MADS = 1.4826 * 1.645;
// Less than this around the level is noise, and shall look like it.
const LEAST_SPAN = 0.1;

export interface TrendPicture {
  readonly title: string;
  /** The newest, in words. */
  readonly value: string;
  readonly tone: VerdictTone;
  /** Oldest first. */
  readonly points: readonly { readonly at: string; readonly value: number }[];
  readonly baseline: { readonly median: number; readonly mad: number } | undefined;
  readonly format: (value: number) => string;
}

const style = [
  'text{font:12px system-ui,sans-serif;fill:#18202a}.small{font-size:11px;fill:#55616e}.value{font-weight:600}',
  '.ground{fill:#fff;stroke:#dde2e8}.band{fill:#1a56b0;fill-opacity:.12}.line{fill:none;stroke:#1a56b0;stroke-width:1.5}',
  '.dot{fill:#1a56b0}.good{fill:#14693c}.bad{fill:#b3261e}.warn{fill:#8a4b00}.rest{fill:#4d5864}',
  '@media(prefers-color-scheme:dark){text{fill:#e4e9ef}.small{fill:#9eabb8}.ground{fill:#181f27;stroke:#2b343f}',
  '.band{fill:#7db0ff}.line{stroke:#7db0ff}.dot{fill:#7db0ff}',
  '.good{fill:#63d296}.bad{fill:#ff9088}.warn{fill:#ffb75c}.rest{fill:#b3bec9}}',
].join('');

export function trendSvg(picture: TrendPicture): string {
  const { value, tone, points } = picture;
  const title = shortened(picture.title);
  const words = escaped(`${title} ${value}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${words}">`,
    `<title>${words}</title><style>${style}</style>`,
    `<rect class="ground" x=".5" y=".5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="6"/>`,
    `<text x="${plot.left}" y="21">${escaped(title)}</text>`,
    `<text class="value ${tone}" x="${plot.right}" y="21" text-anchor="end">${escaped(value)}</text>`,
    points.length === 0 ? '' : curve(picture),
    '</svg>\n',
  ].join('');
}

function curve({ points, baseline, format }: TrendPicture): string {
  const values = points.map(({ value }) => value);
  const spread = BAND_MADS * (baseline?.mad ?? 0);
  const band = baseline === undefined ? [] : [baseline.median - spread, baseline.median + spread];
  const [least, most] = [Math.min(...values, ...band), Math.max(...values, ...band)];
  const level = baseline?.median ?? (least + most) / 2;
  const [low, high] = [Math.min(least, level * (1 - LEAST_SPAN)), Math.max(most, level * (1 + LEAST_SPAN))];
  const times = points.map(({ at }) => Date.parse(at));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const x = (at: number) =>
    first === last
      ? (plot.left + plot.right) / 2
      : plot.left + ((at - first) / (last - first)) * (plot.right - plot.left);
  const y = (value: number) => plot.bottom - ((value - low) / (high - low)) * (plot.bottom - plot.top);
  const at = (index: number) => `${x(times[index] ?? first).toFixed(1)} ${y(values[index] ?? low).toFixed(1)}`;
  const end = at(points.length - 1).split(' ');
  const [bottom, top] = band;
  return [
    bottom === undefined || top === undefined
      ? ''
      : `<rect class="band" x="${plot.left}" width="${plot.right - plot.left}" y="${y(top).toFixed(1)}" height="${Math.max(1, y(bottom) - y(top)).toFixed(1)}"/>`,
    `<path class="line" d="M${points.map((_, index) => at(index)).join('L')}"/>`,
    `<circle class="dot" cx="${end[0]}" cy="${end[1]}" r="3"/>`,
    `<text class="small" x="${plot.left}" y="131">${dayOf(first)}</text>`,
    `<text class="small" x="${plot.right}" y="131" text-anchor="end">${dayOf(last)}</text>`,
    `<text class="small" x="${WIDTH / 2}" y="131" text-anchor="middle">${escaped(`${format(Math.min(...values))} to ${format(Math.max(...values))}, ${points.length} ${points.length === 1 ? 'run' : 'runs'}`)}</text>`,
  ].join('');
}

/** Whoever looks may be anywhere: in UTC. */
function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
