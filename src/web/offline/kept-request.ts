import { HOUR_MS, MINUTE_MS } from '../../shared/units.js';

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

/** The address that an answer is kept under: what asks for a span up to now is the same question an hour later. */
export function keptUnder(address: string, nowMs: number): string {
  const url = new URL(address);
  const [fromMs, toMs] = ['from', 'to'].map((name) => Date.parse(url.searchParams.get(name) ?? ''));
  if (fromMs === undefined || toMs === undefined || !(Math.abs(nowMs - toMs) < MINUTE_MS)) return address;
  url.searchParams.delete('to');
  url.searchParams.set('from', `${Math.round((toMs - fromMs) / HOUR_MS)}h`);
  return url.href;
}

/** Whether an answer was the same for everybody: a browser that gave a password for it does not tell in the request. */
export function isForEverybody({ ok, headers }: Response): boolean {
  return ok && headers.get('vary')?.toLowerCase().includes('authorization') !== true;
}
