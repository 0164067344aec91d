/** Draws with uPlot, which is loaded with the first plot that comes into view of anybody. */
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';

type Colours = (name: string) => string;

export interface PlotProps {
  /** Made anew for each width and theme. `colour` reads a custom property of the page's style. */
  readonly options: (size: { readonly width: number; readonly height: number }, colour: Colours) => uPlot.Options;
  readonly data: uPlot.AlignedData;
  readonly height: number;
  /** What is to be seen, for those who cannot: the figures themselves stand in a table. */
  readonly label: string;
}

export function Plot({ options, data, height, label }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let plot: uPlot | undefined;
    let isGone = false;
    let width = 0;
    const draw = async (): Promise<void> => {
      const { default: Drawing } = await import('uplot');
      const element = place.current;
      if (isGone || element === null || element.clientWidth === 0) return;
      width = element.clientWidth;
      plot?.destroy();
      plot = new Drawing(
        options({ width, height }, (name) => colourOf(element, name)),
        data,
        element,
      );
    };
    void draw();
    const redraw = () => void draw();
    const resized = new ResizeObserver(() => {
      if (plot !== undefined && place.current?.clientWidth !== width) redraw();
    });
    if (place.current !== null) resized.observe(place.current);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', redraw);
    addEventListener('themechange', redraw);
    return () => {
      isGone = true;
      resized.disconnect();
      dark.removeEventListener('change', redraw);
      removeEventListener('themechange', redraw);
      plot?.destroy();
    };
  }, [data, height]);
  return <div class="plot" ref={place} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}

/** The property itself still names the colours of both themes: only what it is used for has that of one. */
function colourOf(element: HTMLElement, property: string): string {
  element.style.color = `var(${property})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}
