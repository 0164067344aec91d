import { useEffect, useRef, useState } from 'preact/hooks';
import type { Cell } from './cell.js';

/** The cell's value; the component is drawn anew when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  return useCellPart(cell, whole);
}

/** What `part` finds in the cell; the component is drawn anew only when that changes, by `Object.is`. */
export function useCellPart<T, P>(cell: Cell<T>, part: (value: T) => P): P {
  const newest = useRef(part);
  newest.current = part;
  const [, redraw] = useState<P>();
  useEffect(() => {
    const take = () => redraw(() => newest.current(cell.value));
    // It may have changed between the drawing and now.
    take();
    return cell.watch(take);
  }, [cell]);
  return part(cell.value);
}

function whole<T>(value: T): T {
  return value;
}
