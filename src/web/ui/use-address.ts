import { useEffect, useState } from 'preact/hooks';
import { type Choices, choicesOf, withChoices } from './route.js';

/** What the address says behind its `#`, drawn anew when it changes. */
export function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const take = () => setHash(location.hash);
    // It may have changed between the drawing and now.
    take();
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, []);
  return hash;
}

export interface Address {
  /** What is chosen in the view that is shown: filters, a range, a selection. To be checked: anybody may have written it. */
  readonly choices: URLSearchParams;
  /** Alters some of them. The browser's “Back” undoes it, but for `replace`, which is for what changes step by step. */
  readonly choose: (choices: Choices, how?: 'push' | 'replace') => void;
}

/** Where a view keeps what is chosen in it, so that it can be shared, survives a reload, and “Back” leads back. */
export function useAddress(): Address {
  const hash = useHash();
  return { choices: choicesOf(hash), choose };
}

function choose(choices: Choices, how: 'push' | 'replace' = 'push'): void {
  const hash = withChoices(location.hash, choices);
  if (hash === location.hash) return;
  // Both are told by `hashchange`.
  if (how === 'replace') location.replace(hash);
  else location.hash = hash;
}

/** One of the values that a choice may have; `undefined` where it is none of them. */
export function oneOf<T extends string>(value: string | null, values: readonly T[]): T | undefined {
  return values.find((known) => known === value);
}
