import { useEffect, useRef, useState } from 'preact/hooks';
import type { Cell } from './cell.js';

/** The cell's value; the component is drawn anew when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  return useCellPart(cell, whole);
}

/** What `part` finds in the cell; the component is drawn anew when that is no longer what was drawn, by `Object.is`. */
export function useCellPart<T, P>(cell: Cell<T>, part: (value: T) => P): P {
  const value = part(cell.value);
  const drawn = useRef({ part, value });
  drawn.current = { part, value };
  const [, redraw] = useState(0);
  useEffect(() => {
    const take = () => {
      const { current } = drawn;
      if (!Object.is(current.part(cell.value), current.value)) redraw((times) => times + 1);
    };
    // It may have changed between the drawing and now.
    take();
    return cell.watch(take);
  }, [cell]);
  return value;
}

function whole<T>(value: T): T {
  return value;
}
