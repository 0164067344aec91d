import { change, speed } from '../../shared/figure-text.js';
import { sparkLine } from './spark-line.js';

const WIDTH = 240;
const HEIGHT = 44;

export interface SparklineProps {
  /** Tokens per second, today last; `null` where nothing was measured. */
  readonly days: readonly (number | null)[];
  readonly band: { readonly median: number; readonly low: number; readonly high: number } | null;
  readonly isWorse: boolean;
}

/** The last 30 days of the decode speed in the band of the good runs, as a small picture. */
export function Sparkline({ days, band, isWorse }: SparklineProps) {
  const line = sparkLine(days, { band, width: WIDTH, height: HEIGHT });
  if (line === undefined) return null;
  const [first, last] = [line.first, line.last];
  const words = `Decode speed in 30 days: ${speed(first)} to ${speed(last)} tokens/s (${change(last / first - 1)})`;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
      {line.band !== undefined && (
        <rect class="spark-band" x="0" width={WIDTH} y={line.band.top} height={line.band.height} />
      )}
      <path class={isWorse ? 'spark-line bad' : 'spark-line'} d={line.path} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
