import { useRef } from 'preact/hooks';

/** The value of before, as long as the newest says the same. Both are of JSON. */
export function useSame<T>(newest: T): T {
  const kept = useRef(newest);
  if (kept.current !== newest && JSON.stringify(kept.current) !== JSON.stringify(newest)) kept.current = newest;
  return kept.current;
}
