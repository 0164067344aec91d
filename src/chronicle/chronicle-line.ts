/** Judges one line of the chronicle: a row, or the reason why it is passed over. */
import { isUtf8 } from 'node:buffer';
import { type ChronicleRow, chronicleRowSchema } from './row.js';

/**
 * `torn`: the file ends within it. `cut`: it begins as a row does and breaks off: a crash tore it, and rows follow.
 * `not_utf8`, `not_json`: binary junk. `not_a_row`: JSON without the fields that name a series, or of other types, as another version may write.
 * `too_long`: longer than any row can be.
 */
export type SkippedLineReason = 'torn' | 'cut' | 'not_utf8' | 'not_json' | 'not_a_row' | 'too_long';

export interface SkippedLine {
  /** Counted from 1; `undefined` where the file was read from its end. */
  readonly line: number | undefined;
  readonly byteOffset: number;
  readonly reason: SkippedLineReason;
  /** What was expected and not found, where that can be said: `machine_id: …`. */
  readonly detail: string | undefined;
}

/** What reading came across, for people: how many rows, and what was passed over. */
export interface ReadingReport {
  readonly rows: number;
  readonly skipped: number;
  readonly skippedBy: Readonly<Partial<Record<SkippedLineReason, number>>>;
  /** The first ones met; their number is limited, `skipped` is not. */
  readonly examples: readonly SkippedLine[];
}

/** A line as it stands in the file. */
export interface RawLine {
  readonly line: number | undefined;
  readonly byteOffset: number;
  /** `undefined` for a line longer than `MAX_LINE_BYTES`. */
  readonly bytes: Uint8Array | undefined;
  /** False for the last line of a file that does not end in a newline. */
  readonly ended: boolean;
}

// A row has some 1.5 KiB. Without a limit a corrupt file without newlines would be read into memory whole.
export const MAX_LINE_BYTES = 2 ** 20;
const MAX_EXAMPLES = 20;

type Judgement =
  | { readonly kind: 'row'; readonly row: ChronicleRow }
  | { readonly kind: 'blank' }
  | { readonly kind: 'skipped'; readonly reason: SkippedLineReason; readonly detail: string | undefined };

const OPENING_BRACE = 0x7b;

function skipped(reason: SkippedLineReason, detail?: string): Judgement {
  return { kind: 'skipped', reason, detail };
}

function evaluateLine({ bytes, ended }: RawLine): Judgement {
  if (bytes === undefined) return skipped('too_long');
  // Looked at first: a decoder that throws takes a quarter of a millisecond for each line.
  if (!isUtf8(bytes)) {
    // A crash may cut a character in two.
    if (ended) return skipped(bytes[0] === OPENING_BRACE ? 'cut' : 'not_utf8');
    return skipped('torn');
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim();
  if (text === '') return { kind: 'blank' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (!ended) return skipped('torn');
    return skipped(text.startsWith('{') ? 'cut' : 'not_json');
  }
  const parsed = chronicleRowSchema.safeParse(value);
  if (parsed.success) return { kind: 'row', row: parsed.data };
  const issue = parsed.error.issues[0];
  return skipped('not_a_row', issue && `${issue.path.join('.') || 'line'}: ${issue.message}`);
}

/** How many lines that were passed over no crash explains: something else has damaged the file. */
export function damagedLines({ skipped: all, skippedBy }: ReadingReport): number {
  return all - (skippedBy.torn ?? 0) - (skippedBy.cut ?? 0);
}

/** Turns lines into rows and counts what it passes over. */
export class LineJudge {
  #rows = 0;
  #skipped = 0;
  readonly #skippedBy: Partial<Record<SkippedLineReason, number>> = {};
  readonly #examples: SkippedLine[] = [];

  /** The line's row, or `undefined` where it holds none. */
  rowOf(line: RawLine): ChronicleRow | undefined {
    const judgement = evaluateLine(line);
    if (judgement.kind === 'row') {
      this.#rows += 1;
      return judgement.row;
    }
    if (judgement.kind === 'skipped') this.#note(line, judgement.reason, judgement.detail);
    return undefined;
  }

  report(): ReadingReport {
    return {
      rows: this.#rows,
      skipped: this.#skipped,
      skippedBy: { ...this.#skippedBy },
      examples: [...this.#examples],
    };
  }

  #note({ line, byteOffset }: RawLine, reason: SkippedLineReason, detail: string | undefined): void {
    this.#skipped += 1;
    this.#skippedBy[reason] = (this.#skippedBy[reason] ?? 0) + 1;
    if (this.#examples.length < MAX_EXAMPLES) this.#examples.push({ line, byteOffset, reason, detail });
  }
}
