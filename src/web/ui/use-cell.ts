import { useEffect, useState } from 'preact/hooks';
import type { Cell } from './cell.js';

/** The cell's value; the component is drawn anew when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [, redraw] = useState<T>();
  useEffect(() => {
    const take = () => redraw(() => cell.value);
    // It may have changed between the drawing and now.
    take();
    return cell.watch(take);
  }, [cell]);
  return cell.value;
}
