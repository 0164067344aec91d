/** Reads chunks that differ from the one before in their text alone without parsing them again. */
import type { ChatChunk, ChatEvent, StreamEvent } from './chat-protocol.js';

type ReadEvent = (event: StreamEvent) => ChatEvent;

/** A chunk that was parsed, and the JSON around its text. */
interface Known {
  readonly chunk: ChatChunk;
  readonly type: string | undefined;
  readonly before: string;
  readonly after: string;
  readonly isReasoning: boolean;
}

// What a string of JSON cannot hold as it is (RFC 8259, section 7), and some control characters that it can.
const NOT_PLAIN = /["\\\p{Cc}]/u;

/**
 * Servers write the same JSON around each piece of an answer, which is parsed once. Where the next event has the same
 * JSON around a plain text it is the same chunk with that text, whatever its JSON means: a string in the place of
 * another. `read` parses all other events; its result must depend on nothing but the event.
 */
export function repeatedChunks(read: ReadEvent): ReadEvent {
  let known: Known | undefined;
  return (event) => {
    const again = known === undefined ? undefined : sameChunk(known, event);
    if (again !== undefined) return again;
    const said = read(event);
    known = said.kind === 'chunk' ? knownChunk(said, event) : known;
    return said;
  };
}

function sameChunk({ chunk, type, before, after, isReasoning }: Known, event: StreamEvent): ChatChunk | undefined {
  const { data } = event;
  const end = data.length - after.length;
  if (event.type !== type || end <= before.length || !data.startsWith(before) || !data.endsWith(after))
    return undefined;
  const text = data.slice(before.length, end);
  if (NOT_PLAIN.test(text)) return undefined;
  return {
    kind: 'chunk',
    answer: isReasoning ? '' : text,
    reasoning: isReasoning ? text : '',
    finishReason: undefined,
    usage: undefined,
    object: chunk.object,
  };
}

/** `undefined` of a chunk that has more than a text, or whose JSON may hold that text in another place. */
function knownChunk(chunk: ChatChunk, { data, type }: StreamEvent): Known | undefined {
  const { answer, reasoning, finishReason, usage } = chunk;
  if (finishReason !== undefined || usage !== undefined || (answer === '') === (reasoning === '')) return undefined;
  // Without a backslash every string of it stands there as it is.
  if (data.includes('\\')) return undefined;
  const text = `"${answer}${reasoning}"`;
  const at = data.indexOf(text);
  if (at === -1 || data.indexOf(text, at + 1) !== -1) return undefined;
  const isReasoning = answer === '';
  return { chunk, type, before: data.slice(0, at + 1), after: data.slice(at + text.length - 1), isReasoning };
}
