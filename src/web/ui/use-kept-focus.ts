import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/**
 * Keeps the keyboard's place in `box` while its contents change: what had the focus and is gone hands it to what takes
 * its place: a main control (`data-main`) to the new one, anything else to the element that bears `data-rest`, where no
 * key does harm.
 */
export function useKeptFocus(box: RefObject<HTMLElement | null>): void {
  // While drawing: what is taken away afterwards has the focus still.
  const { activeElement } = document;
  const before = box.current?.contains(activeElement) === true ? activeElement : null;
  useLayoutEffect(() => {
    if (before === null || before.isConnected) return;
    const main = before.matches('[data-main]') ? box.current?.querySelector<HTMLElement>('[data-main]') : null;
    (main ?? box.current?.querySelector<HTMLElement>('[data-rest]'))?.focus();
  });
}
