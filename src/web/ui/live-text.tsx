import { useLayoutEffect, useRef } from 'preact/hooks';

/** What tells that it may have changed. */
export interface Watched {
  /** Calls `watcher` each time; returns what ends that. */
  watch(watcher: () => void): () => void;
}

interface LiveTextProps {
  /** The same one each time. */
  readonly of: Watched;
  readonly words: () => string;
}

/**
 * Words that change every other second. They are written where they stand, and nothing is drawn anew: what a page does
 * twice a second for hours, the engine compiles once more and keeps.
 */
export function LiveText({ of, words }: LiveTextProps) {
  const place = useRef<HTMLSpanElement>(null);
  const newest = useRef(words);
  newest.current = words;
  const write = () => {
    const { current } = place;
    const text = newest.current();
    if (current !== null && current.textContent !== text) current.textContent = text;
  };
  useLayoutEffect(write);
  useLayoutEffect(() => of.watch(write), [of]);
  return <span ref={place} />;
}

const SECOND_MS = 1000;

export const everySecond: Watched = {
  watch(watcher) {
    const handle = setInterval(watcher, SECOND_MS);
    return () => clearInterval(handle);
  },
};
