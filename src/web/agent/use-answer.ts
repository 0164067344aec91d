import { useEffect, useState } from 'preact/hooks';
import { isLocked, wordsOf } from './agent-client.js';

/** `value` is the newest there was: it stays while a newer one is on its way or cannot be had. */
export interface Loaded<T> {
  readonly value: T | undefined;
  readonly isLoading: boolean;
  readonly problem: string | undefined;
}

/** Asks whenever one of `causes` changes; an answer that was overtaken by a newer question is dropped. */
export function useAnswer<T>(ask: () => Promise<T>, causes: readonly unknown[]): Loaded<T> {
  const [answer, setAnswer] = useState<Loaded<T>>({ value: undefined, isLoading: true, problem: undefined });
  useEffect(() => {
    let isOvertaken = false;
    setAnswer((before) => ({ ...before, isLoading: true }));
    const take = (next: (before: Loaded<T>) => Loaded<T>) => {
      if (!isOvertaken) setAnswer(next);
    };
    ask().then(
      (value) => take(() => ({ value, isLoading: false, problem: undefined })),
      (error: unknown) =>
        take(({ value }) => ({
          value,
          isLoading: false,
          problem: isLocked(error) ? 'Sign in to see.' : wordsOf(error),
        })),
    );
    return () => {
      isOvertaken = true;
    };
  }, causes);
  return answer;
}
