/** Which questions to the agent have answers that may be kept: what its views show, and nothing else. */

const paths: readonly RegExp[] = [
  /^(?:status|cards|trends|history|models|report|runs|compare|jobs|schedules)$/,
  /^jobs\/[^/]+$/,
  /^jobs\/[^/]+\/logs$/,
  /^v1\/diagnostics\/node$/,
];

/** `scope`: the address of the page, which the agent's paths are below. */
export function isKept(
  { method, url: address, headers }: Pick<Request, 'method' | 'url' | 'headers'>,
  scope: string,
): boolean {
  const url = new URL(address);
  // Whatever a token opens is for its owner alone, and whoever uses this browser next may have none.
  if (method !== 'GET' || headers.has('authorization') || !url.href.startsWith(scope)) return false;
  // A log that is followed does not end, and a download is no view.
  if (url.searchParams.has('follow') || url.searchParams.has('format')) return false;
  const path = url.pathname.slice(new URL(scope).pathname.length);
  return paths.some((pattern) => pattern.test(path));
}

/** Whether an answer was the same for everybody: a browser that gave a password for it does not tell in the request. */
export function isForEverybody({ ok, headers }: Response): boolean {
  return ok && headers.get('vary')?.toLowerCase().includes('authorization') !== true;
}
