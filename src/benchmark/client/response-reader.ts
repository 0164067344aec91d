/** HTTP/1.1 answers cut from the bytes of a connection (RFC 9112), with no more work for a read than its bytes need. */

export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; of a repeated one the first. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface ResponseReceiver {
  readonly onHead: (head: ResponseHead) => void;
  /** Body bytes without their framing: a view of those that were pushed. */
  readonly onBody: (bytes: Buffer) => void;
  readonly onEnd: () => void;
}

/** A part of the body in one piece, and where what follows it begins. */
export interface BodyPiece {
  readonly from: number;
  readonly to: number;
  readonly next: number;
}

/** The bytes are no HTTP/1.1 answer. */
export class ResponseSyntaxError extends Error {
  override readonly name = 'ResponseSyntaxError';
  readonly code = 'bad_response';
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const MAX_HEAD_BYTES = 2 ** 16;
const MAX_SIZE_LINE_BYTES = 2 ** 12;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

type State = 'head' | 'size' | 'data' | 'data-end' | 'trailer' | 'until-close' | 'ended';

/** Reads one answer. `push` throws `ResponseSyntaxError`; nothing may be pushed after that or after the end. */
export class ResponseReader {
  readonly #receiver: ResponseReceiver;
  #state: State = 'head';
  /** What of a head or a size line has come so far. */
  #partial: Buffer = Buffer.alloc(0);
  /** Bytes of the current chunk, or of the body where its length was told. */
  #remaining = 0;
  #chunked = false;
  /** How the body goes on where a piece of it may be found: in chunks, or as it is. */
  #goesOn: 'in-chunks' | 'plainly' | undefined;
  readonly #piece = { from: 0, to: 0, next: 0 };

  constructor(receiver: ResponseReceiver) {
    this.#receiver = receiver;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.#state !== 'ended') at = this.#step(bytes, at);
    if (this.#state === 'until-close') this.#goesOn = 'plainly';
    else this.#goesOn = this.#state === 'size' && this.#partial.length === 0 ? 'in-chunks' : undefined;
    // Bytes behind an answer are nobody's.
    if (this.#state === 'ended') this.#receiver.onEnd();
  }

  /** What `findPiece` has found last: the next one takes its place. */
  get piece(): BodyPiece {
    return this.#piece;
  }

  /**
   * Whether the answer may have ended with a read of so many of these bytes. Only ever wrong about an end that has bytes
   * behind it, which are no answer's; whatever else follows, these bytes may wait for it.
   */
  mayEndWith(bytes: Uint8Array, length: number): boolean {
    // The last chunk and the trailers end in an empty line: of what a token ends in, the fourth last byte tells soonest.
    if (this.#chunked && length > HEAD_END.length && bytes[length - 4] !== CARRIAGE_RETURN) return false;
    if (this.#state === 'until-close') return false;
    if (this.#state === 'head' || !this.#chunked || length <= HEAD_END.length) return true;
    if (bytes[length - 1] !== LINE_FEED || bytes[length - 2] !== CARRIAGE_RETURN) return false;
    // What ends in two of them is an event in lines of CR LF.
    return bytes[length - 3] === LINE_FEED && bytes[length - 5] !== LINE_FEED;
  }

  /**
   * Finds where the body stands in a read of which these bytes are left, and tells it by `piece`; false where it has to be
   * pushed. What was found so may be pushed or passed over: the answer goes on alike. A token comes in a chunk, so that
   * each costs this.
   */
  findPiece(bytes: Uint8Array, at: number, to: number): boolean {
    const goesOn = this.#goesOn;
    if (goesOn === undefined) return false;
    const piece = this.#piece;
    if (goesOn === 'plainly') {
      piece.from = at;
      piece.to = to;
      piece.next = to;
      return true;
    }
    let size = 0;
    let from = at;
    for (
      let digit = HEX_DIGITS[bytes[from] ?? 0] ?? NO_DIGIT;
      digit >= 0;
      digit = HEX_DIGITS[bytes[from] ?? 0] ?? NO_DIGIT
    ) {
      size = 16 * size + digit;
      from += 1;
    }
    const end = from + LINE_END.length + size;
    // Nothing but a whole chunk in its plainest form, and not the last one.
    if (size === 0 || end + LINE_END.length > to) return false;
    if (bytes[from + 1] !== LINE_FEED || bytes[from] !== CARRIAGE_RETURN) return false;
    if (bytes[end + 1] !== LINE_FEED || bytes[end] !== CARRIAGE_RETURN) return false;
    piece.from = from + LINE_END.length;
    piece.to = end;
    piece.next = end + LINE_END.length;
    return true;
  }

  /** The connection was closed. True where that is the end of the answer, false where it came too early. */
  close(): boolean {
    if (this.#state !== 'until-close') return this.#state === 'ended';
    this.#state = 'ended';
    this.#receiver.onEnd();
    return true;
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'data':
        return this.#data(bytes, at);
      case 'until-close':
        this.#receiver.onBody(at === 0 ? bytes : bytes.subarray(at));
        return bytes.length;
      case 'head':
        return this.#delimited(bytes, at, HEAD_END, MAX_HEAD_BYTES, (head) => this.#head(head));
      case 'size':
        return this.#delimited(bytes, at, LINE_END, MAX_SIZE_LINE_BYTES, (line) => this.#size(line));
      case 'data-end':
        if (this.#partial.length === 0 && bytes[at] === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED) {
          this.#state = 'size';
          return at + LINE_END.length;
        }
        return this.#delimited(bytes, at, LINE_END, MAX_SIZE_LINE_BYTES, (line) => {
          if (line !== '') throw new ResponseSyntaxError('a chunk is longer than it said');
          this.#state = 'size';
        });
      case 'trailer':
        return this.#delimited(bytes, at, LINE_END, MAX_HEAD_BYTES, (line) => {
          if (line === '') this.#state = 'ended';
        });
      case 'ended':
        return bytes.length;
    }
  }

  /** Goes on to the end of a line or a head, which may come in several reads. */
  #delimited(bytes: Buffer, at: number, end: Buffer, limit: number, take: (text: string) => void): number {
    if (this.#partial.length === 0) {
      const found = bytes.indexOf(end, at);
      if (found !== -1) {
        take(bytes.toString('latin1', at, found));
        return found + end.length;
      }
    }
    const before = this.#partial.length;
    const joined = Buffer.concat([this.#partial, at === 0 ? bytes : bytes.subarray(at)]);
    const found = joined.indexOf(end);
    if (found === -1) {
      if (joined.length > limit) throw new ResponseSyntaxError(`a line or head of more than ${limit} bytes`);
      this.#partial = joined;
      if (this.#state === 'head') expectHttp(joined);
      return bytes.length;
    }
    this.#partial = Buffer.alloc(0);
    take(joined.toString('latin1', 0, found));
    return at + (found + end.length - before);
  }

  #data(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#remaining);
    this.#receiver.onBody(bytes.subarray(at, end));
    this.#remaining -= end - at;
    if (this.#remaining === 0) {
      if (this.#chunked) this.#state = 'data-end';
      else this.#state = 'ended';
    }
    return end;
  }

  #head(text: string): void {
    const [statusLine = '', ...lines] = text.split('\r\n');
    const match = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine);
    if (match === null) throw new ResponseSyntaxError(notHttp(statusLine.slice(0, 100)));
    const status = Number(match[1]);
    // An interim answer: the real one follows.
    if (status < 200) return;
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 1) throw new ResponseSyntaxError(`expected a header, got ${JSON.stringify(line.slice(0, 100))}`);
      const name = line.slice(0, colon).toLowerCase();
      if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
    }
    this.#frame(status, headers);
    this.#receiver.onHead({ status, headers });
    if (this.#state === 'data' && !this.#chunked && this.#remaining === 0) this.#state = 'ended';
  }

  #frame(status: number, headers: ReadonlyMap<string, string>): void {
    const length = headers.get('content-length');
    this.#chunked = headers.get('transfer-encoding')?.toLowerCase().endsWith('chunked') === true;
    if (this.#chunked) this.#state = 'size';
    else if (status === 204 || status === 304) this.#state = 'data';
    else if (length === undefined) this.#state = 'until-close';
    else {
      if (!/^\d+$/.test(length))
        throw new ResponseSyntaxError(`expected a content-length, got ${JSON.stringify(length)}`);
      this.#remaining = Number(length);
      this.#state = 'data';
    }
  }

  #size(line: string): void {
    // Behind a semicolon stand extensions, which nobody needs.
    const match = /^([0-9a-fA-F]{1,12})[ \t]*(?:;|$)/.exec(line);
    if (match === null)
      throw new ResponseSyntaxError(`expected the size of a chunk, got ${JSON.stringify(line.slice(0, 100))}`);
    this.#remaining = Number.parseInt(match[1] ?? '', 16);
    this.#state = this.#remaining === 0 ? 'trailer' : 'data';
  }
}

const NO_DIGIT = -1;
const HEX_DIGITS = new Int8Array(256).fill(NO_DIGIT);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  HEX_DIGITS[digit.charCodeAt(0)] = value;
  HEX_DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

const HTTP_1 = 'HTTP/1.';

/** Something else that speaks first need not send a whole head to be known as something else. */
function expectHttp(start: Buffer): void {
  const text = start.toString('latin1', 0, HTTP_1.length);
  if (!HTTP_1.startsWith(text)) throw new ResponseSyntaxError(notHttp(start.toString('latin1', 0, 100)));
}

function notHttp(text: string): string {
  return `expected an HTTP/1.1 answer, got ${JSON.stringify(text)}`;
}
