import { useEffect, useState } from 'preact/hooks';

const SECOND_MS = 1000;

/** The time, in milliseconds since 1970, drawn anew so often. */
export function useNow(everyMs: number = SECOND_MS): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const handle = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(handle);
  }, [everyMs]);
  return nowMs;
}
