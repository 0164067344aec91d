/** Waiting for somebody else's code no longer than told. */

export type DeadlineOutcome<T> =
  | { readonly state: 'answered'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'silent' };

/** Never rejects. What did not answer in time goes on unheard. */
export async function answerWithin<T>(timeoutMs: number, ask: () => Promise<T>): Promise<DeadlineOutcome<T>> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<DeadlineOutcome<T>>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'silent' }), timeoutMs);
  });
  try {
    return await Promise.race([answerOf(ask), silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf<T>(ask: () => Promise<T>): Promise<DeadlineOutcome<T>> {
  try {
    return { state: 'answered', value: await ask() };
  } catch (error) {
    return { state: 'failed', error };
  }
}
