/** A badge as SVG: a label, and a value on the colour of a state. No script, no font of its own, light and dark. */
import type { VerdictTone } from '../../shared/verdict-state.js';
import { escaped, shortened } from './svg-text.js';

const HEIGHT = 20;
const PADDING = 6;
// Of an 11 px sans-serif; `textLength` makes up for what it is off.
const CHARACTER_WIDTH = 6.4;

/** White on each of them has a contrast of at least 4.5. */
const grounds: Readonly<Record<VerdictTone, string>> = {
  good: '#14693c',
  bad: '#b3261e',
  warn: '#8a4b00',
  rest: '#4d5864',
};

export interface Badge {
  readonly label: string;
  readonly value: string;
  readonly tone: VerdictTone;
}

export function badgeSvg({ label, value, tone }: Badge): string {
  const [left, right] = [shortened(label), shortened(value)];
  const [leftWidth, rightWidth] = [widthOf(left), widthOf(right)];
  const width = leftWidth + rightWidth;
  const words = escaped(`${left}: ${right}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${words}">`,
    `<title>${words}</title>`,
    '<style>.label{fill:#2b343f}text{fill:#fff;font:11px system-ui,sans-serif}',
    '@media(prefers-color-scheme:dark){.label{fill:#465261}}</style>',
    `<clipPath id="r"><rect width="${width}" height="${HEIGHT}" rx="3"/></clipPath><g clip-path="url(#r)">`,
    `<rect class="label" width="${leftWidth}" height="${HEIGHT}"/>`,
    `<rect x="${leftWidth}" width="${rightWidth}" height="${HEIGHT}" fill="${grounds[tone]}"/></g>`,
    textAt(0, leftWidth, left),
    textAt(leftWidth, rightWidth, right),
    '</svg>\n',
  ].join('');
}

function textAt(x: number, width: number, words: string): string {
  const length = width - 2 * PADDING;
  return `<text x="${x + PADDING}" y="14" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(words)}</text>`;
}

function widthOf(words: string): number {
  return Math.round([...words].length * CHARACTER_WIDTH) + 2 * PADDING;
}
