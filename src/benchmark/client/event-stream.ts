/** Server-sent events cut from stamped reads, after the stream has ended and nothing is being measured any more. */

/** The bytes of one read of the socket. */
export interface StampedRead {
  readonly atMs: number;
  readonly bytes: Buffer;
}

/** One event; `atMs` is the stamp of the read that completed its data. */
export interface StreamEvent {
  readonly atMs: number;
  readonly type: string | undefined;
  readonly data: string;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DATA = Buffer.from('data:');
const EVENT = Buffer.from('event:');

/**
 * Cuts reads into events by the rules of the HTML standard's event stream (data lines joined, comments dropped) as far
 * as servers use them: lines end in LF or CR LF. A last event without its blank line counts, because some servers
 * close right after it. Malformed UTF-8 becomes U+FFFD.
 */
export function parseEventStream(reads: readonly StampedRead[]): StreamEvent[] {
  const events: StreamEvent[] = [];
  let data: string[] = [];
  let type: string | undefined;
  let dataAtMs = 0;
  const dispatch = () => {
    if (data.length > 0)
      events.push({ atMs: dataAtMs, type, data: data.length === 1 ? (data[0] ?? '') : data.join('\n') });
    data = [];
    type = undefined;
  };
  for (const { line, atMs } of lines(reads)) {
    if (line.length === 0) dispatch();
    else if (startsWith(line, DATA)) {
      data.push(field(line, DATA));
      dataAtMs = atMs;
    } else if (startsWith(line, EVENT)) type = field(line, EVENT);
  }
  dispatch();
  return events;
}

function* lines(reads: readonly StampedRead[]): Generator<{ line: Buffer; atMs: number }> {
  let rest: Buffer[] = [];
  let lastMs = 0;
  for (const { bytes, atMs } of reads) {
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      const tail = bytes.subarray(from, end);
      yield { line: withoutReturn(rest.length === 0 ? tail : Buffer.concat([...rest, tail])), atMs };
      rest = [];
      from = end + 1;
    }
    if (from < bytes.length) rest.push(bytes.subarray(from));
    lastMs = atMs;
  }
  if (rest.length > 0) yield { line: withoutReturn(Buffer.concat(rest)), atMs: lastMs };
}

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function startsWith(line: Buffer, name: Buffer): boolean {
  return line.length >= name.length && line.compare(name, 0, name.length, 0, name.length) === 0;
}

function field(line: Buffer, name: Buffer): string {
  const from = line[name.length] === 0x20 ? name.length + 1 : name.length;
  return line.toString('utf8', from);
}

/** How many `data:` lines begin in these bytes: a cheap running count while a stream is still going. */
export function countDataLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(DATA); at !== -1; at = bytes.indexOf(DATA, at + DATA.length)) count += 1;
  return count;
}

// Inside of an answer quotes are escaped, so these names cannot be part of one.
const TOKEN = /"(?:content|reasoning|reasoning_content)"\s*:\s*"(?!")/;

/** Whether text of an answer begins in these bytes: a role or an empty delta comes long before a token with some servers. */
export function hasToken(bytes: Buffer): boolean {
  return TOKEN.test(bytes.toString('latin1'));
}

const DONE = Buffer.from('[DONE]');
// At the start of a line it cannot be part of an answer: line ends are escaped in JSON.
const DONE_LINE = /\ndata: ?\[DONE\]/;
const LONGEST_DONE_LINE = '\ndata: [DONE]'.length;

/** Whether the event that ends a stream is complete now, `added` being the number of bytes that have just come. */
export function endsWithin(stream: Buffer, added: number): boolean {
  // It may have begun in an earlier read.
  const from = stream.length - added - (LONGEST_DONE_LINE - 1);
  const recent = from > 0 ? stream.subarray(from) : stream;
  if (!recent.includes(DONE)) return false;
  const text = recent.toString('latin1');
  return DONE_LINE.test(from > 0 ? text : `\n${text}`);
}
