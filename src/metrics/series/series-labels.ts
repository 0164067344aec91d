/** The labels that tell one benchmark series from another, and what keeps them bounded. */
import { createHash } from 'node:crypto';
import { shortModelName } from '../../shared/model-name.js';
import type { MetricLabels } from '../sample.js';

export const seriesLabelNames = ['target', 'server', 'model', 'test', 'category', 'ctx_size'] as const;
export type SeriesLabel = (typeof seriesLabelNames)[number];

/** One test of one model on one server. */
export interface SeriesIdentity {
  readonly target: string;
  /** The server's kind; `undefined` where only the server's name was recorded. */
  readonly server: string | undefined;
  readonly model: string;
  readonly testId: string;
  readonly category: string | undefined;
  /** In tokens. */
  readonly ctxSize: number | undefined;
}

/** A label of any value is at most so many UTF-16 units long. */
export const MAX_LABEL_LENGTH = 128;
const HASH_DIGITS = 8;

/**
 * A text as a label value: of bounded length, and well-formed. Two that differ stay different, by a hash, where they
 * are too long (an Ollama model name can be a URL with a digest).
 */
export function labelValue(text: string): string {
  // Node writes half a surrogate pair as U+FFFD; done here, so that two such texts cannot become one series twice.
  const wellFormed = Buffer.from(text).toString();
  if (wellFormed === text && text.length <= MAX_LABEL_LENGTH) return text;
  const hash = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, HASH_DIGITS);
  const head = wellFormed.slice(0, MAX_LABEL_LENGTH - HASH_DIGITS - 1);
  return `${Buffer.from(head).toString()}~${hash}`;
}

/** The same on every metric that has it, so that they can be joined. */
export function modelLabel(model: string): string {
  return labelValue(shortModelName(model));
}

/** An unknown part is an empty value, which to Prometheus is a label that is not there. */
export function seriesLabels(identity: SeriesIdentity): MetricLabels {
  const { target, server, model, testId, category, ctxSize } = identity;
  return {
    target: labelValue(target),
    server: server ?? '',
    model: modelLabel(model),
    test: labelValue(testId),
    category: labelValue(category ?? ''),
    ctx_size: ctxSize === undefined ? '' : String(ctxSize),
  };
}

/** What the configuration gives a target; to stand before ours, so that none takes the place of one of those. */
export function configuredLabels(labels: Readonly<Record<string, string>>): MetricLabels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, labelValue(value)]));
}
