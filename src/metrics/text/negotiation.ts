/** Which of the two text formats a scraper wants. */
import type { ExpositionFormat } from './exposition.js';

interface MediaRange {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/**
 * By the `Accept` header: OpenMetrics where it is named in version 1.0.0 or without one and wanted at least as much as
 * plain text. Parameters that this does not know, such as Prometheus 3's `escaping`, do not matter: no name needs it.
 */
export function formatFor(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? '').split(',').map(mediaRange);
  const openMetrics = best(
    ranges.filter(({ type, version }) => type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0'),
  );
  const text = best(ranges.filter(({ type }) => type === 'text/plain' || type === 'text/*'));
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text';
}

function best(ranges: readonly MediaRange[]): number {
  return Math.max(0, ...ranges.map(({ quality }) => quality));
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const named = new Map(parameters.map((parameter) => parameterOf(parameter)));
  const quality = Number(named.get('q') ?? 1);
  return { type, version: named.get('version'), quality: Number.isFinite(quality) ? quality : 0 };
}

function parameterOf(text: string): [string, string] {
  const [name = '', value = ''] = text.split('=').map((part) => part.trim());
  return [name, value.replaceAll('"', '')];
}
