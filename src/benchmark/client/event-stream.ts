/** Server-sent events cut from stamped reads by the rules of the HTML standard, as far as servers use them. */
import type { EventCutter, StampedRead, StreamEvent } from './chat-protocol.js';
import { LineCutter, type StampedLine } from './line-cutter.js';

const EVENT_END = '\n\n';
const SPACE = 0x20;
const DATA_NAME = 'data:';
const DATA = Buffer.from(DATA_NAME);
const EVENT = Buffer.from('event:');
// No field of the standard: older builds of llama-server report a failure on a line of its own that begins so.
const ERROR = Buffer.from('error:');

/**
 * Data lines are joined, comments dropped; lines end in LF or CR LF. A last event without its blank line counts,
 * because some servers close right after it. An `error:` line is an event of that type. Malformed UTF-8 becomes U+FFFD.
 */
export class EventStreamCutter implements EventCutter {
  readonly #lines = new LineCutter();
  #data: string[] = [];
  #type: string | undefined;
  #dataAtMs = 0;

  push(read: StampedRead): StreamEvent[] {
    const events: StreamEvent[] = [];
    const data = this.isBetweenEvents ? onlyData(read.bytes) : undefined;
    if (data !== undefined) return [{ atMs: read.atMs, type: undefined, data }];
    for (const line of this.#lines.push(read)) this.#take(line, events);
    return events;
  }

  end(): StreamEvent[] {
    const events: StreamEvent[] = [];
    for (const line of this.#lines.end()) this.#take(line, events);
    this.#dispatch(events);
    return events;
  }

  get isBetweenEvents(): boolean {
    return this.#data.length === 0 && this.#type === undefined && this.#lines.isBetweenLines;
  }

  #take({ bytes, atMs }: StampedLine, events: StreamEvent[]): void {
    if (bytes.length === 0) this.#dispatch(events);
    else if (startsWith(bytes, DATA)) {
      this.#data.push(field(bytes, DATA));
      this.#dataAtMs = atMs;
    } else if (startsWith(bytes, EVENT)) this.#type = field(bytes, EVENT);
    else if (startsWith(bytes, ERROR)) events.push({ atMs, type: 'error', data: field(bytes, ERROR) });
  }

  #dispatch(events: StreamEvent[]): void {
    const data = this.#data;
    if (data.length > 0) {
      const text = data.length === 1 ? (data[0] ?? '') : data.join('\n');
      events.push({ atMs: this.#dataAtMs, type: this.#type, data: text });
      this.#data = [];
    }
    this.#type = undefined;
  }
}

/** The data of an event that is all of these bytes, and one line, as nearly all are; `undefined` of others. */
function onlyData(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  const end = text.length - EVENT_END.length;
  // No other line feed, and no carriage return that would belong to this one.
  if (!text.startsWith(DATA_NAME) || text.indexOf('\n') !== end || !text.endsWith(EVENT_END)) return undefined;
  if (text.endsWith('\r', end)) return undefined;
  return text.slice(text.startsWith(' ', DATA_NAME.length) ? DATA_NAME.length + 1 : DATA_NAME.length, end);
}

function startsWith(line: Buffer, name: Buffer): boolean {
  return line.length >= name.length && line.compare(name, 0, name.length, 0, name.length) === 0;
}

function field(line: Buffer, name: Buffer): string {
  const from = line[name.length] === SPACE ? name.length + 1 : name.length;
  return line.toString('utf8', from);
}

/** How many `data:` lines begin in these bytes: a cheap running count while a stream is still going. */
export function countDataLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(DATA); at !== -1; at = bytes.indexOf(DATA, at + DATA.length)) count += 1;
  return count;
}
