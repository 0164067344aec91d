/** Says of an answer that it comes from the browser, and when the agent gave it. */
const KEPT_AT = 'typhon-kept-at';

export function keptAtHeader(atMs: number): Readonly<Record<string, string>> {
  return { [KEPT_AT]: new Date(atMs).toISOString() };
}

/** Milliseconds since 1970; `undefined` of an answer that the agent has just given. */
export function keptAtMsOf({ headers }: Response): number | undefined {
  const at = Date.parse(headers.get(KEPT_AT) ?? '');
  return Number.isNaN(at) ? undefined : at;
}
