/**
 * The reference model's vocabulary. It is of llama.cpp's `rwkv` kind, a greedy longest match over bytes: a word can be
 * one token without merge rules, and the 256 single bytes take every input that no word matches.
 */
import { words } from './words.js';

/** A multiple of 64, so that the matrix kernels need no remainder loop over the rows of the output layer. */
export const VOCABULARY_SIZE = 4608;

/** Marks of the chat template: a message stands between its role and `end`, which also ends a generation. */
export const chatMarks = {
  end: '<|end|>',
  system: '<|system|>',
  user: '<|user|>',
  assistant: '<|assistant|>',
} as const;

const BYTES = 256;
const controlTokens = Object.values(chatMarks);
export const END_TOKEN = BYTES + controlTokens.indexOf(chatMarks.end);

/** Jinja, as llama.cpp and other loaders read it from the file; our own server builds the same from {@link chatMarks}. */
export const CHAT_TEMPLATE =
  "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}" +
  '{% if add_generation_prompt %}<|assistant|>{% endif %}';

// Word parts for what is not in the list, so that an unknown word costs about one token for two or three letters.
const wordParts = `
  ing tion ation ment ness able ible less ful ous ive ity ally ical ance ence er ers est ed es ly al ial ic ics ism
  ist ize ized ise ary ory ure ture age ish ship ward wise th ent ant ate ated ates end ess ell ill all ine ane one ain
  ear eer our out own ight ough ould und ack ick ock uck ank ink ong ung art ard ort orm per pre pro con com dis sub
  sup inter under over trans anti auto micro multi non semi un re de in im en em ex
  's 't 're 've 'll 'd n't s y
  ab ac ad af ag ai ak am an ap ar as at au av aw ba be bi bl bo br bu by ca ce ch ci ck cl co cr ct cu da di do dr du
  ea ec ee ef eg ei el eo ep eq et eu ev ew ey fa fe ff fi fl fo fr ft fu ga ge gg gh gi gl go gr gu ha he hi ho hu hy
  ia ib id ie if ig il io ip ir is it iv ja je ji jo ju ka ke ki kn ko la ld le lf li lk ll lm lo lt lu ma mb me mi mm
  mo mp mu my na nc nd ne ng ni nk nn no ns nt nu oa ob oc od oe of og oi ok ol om on oo op or os ot ou ov ow ox oy pa
  pe ph pi pl po pp pr ps pt pu qu ra rc rd rg ri rk rl rm rn ro rr rs rt ru ry sa sc se sh si sk sl sm sn so sp ss st
  su sw ta tc te ti tl to tr ts tt tu tw ty ub uc ud ue ug ui ul um up ur us ut va ve vi vo wa we wh wi wo wr xt ya ye
  yo ys za ze zi
`
  .trim()
  .split(/\s+/);

// The first letters of unknown words, each with the space before it.
const wordBeginnings = `
  ab acc ad af al am an ap app ar as at au av ba be bi bl bo br bu ca ch ci cl co com con cr cu de der des di dis do dr
  ef el em en eng ent ep es ex exp fa fe fi fl fo for fr fu ga ge gl go gr ha he hi ho hu im imp in inf ins int inv ir
  ke la le li lo lu ma me mi mo mod mu na ne ni no nu ob oc of on op or os out ov pa par pe per ph pi pl po pr pre pro
  pu qu ra re rec ref rel res ri ro ru sa sc se sh si sl sm so sp st str su sub sup sy te th ti to tr tra tu un under
  up us va ve vi vo wa we wh wi wo wr ye za ze
`
  .trim()
  .split(/\s+/);

// Indentation, blank lines and the commonest runs of signs.
const signRuns = [
  '\\n\\n',
  '  ',
  '    ',
  '        ',
  '...',
  '--',
  '==',
  '**',
  '##',
  '//',
  '", "',
  '": "',
  '</',
  '->',
  '()',
  '```',
];

const letters = 'abcdefghijklmnopqrstuvwxyz';

export interface Vocabulary {
  /** In GGUF's notation for this kind: unprintable bytes and the backslash escaped. */
  readonly tokens: readonly string[];
  /** GGUF token types: 1 normal, 3 control. */
  readonly types: readonly number[];
  /**
   * Whether the model can generate the token. Only whole words, each with the space before it: a generated token is
   * plain text by itself, never half a character, never empty, never the end.
   */
  readonly generated: readonly boolean[];
}

/** Builds the vocabulary; throws when the word list and the fixed size do not fit together. */
export function buildVocabulary(): Vocabulary {
  const spaced = words.map((word) => ` ${word}`);
  const fixed = [
    ...Array.from({ length: BYTES }, (_, byte) => escapedByte(byte)),
    ...controlTokens,
    ...spaced,
    ...wordParts,
    ...wordBeginnings.map((beginning) => ` ${beginning}`),
    ...signRuns,
    ...[...letters].flatMap((letter) => [` ${letter}`, ` ${letter.toUpperCase()}`]),
    ...Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0')),
  ];
  const tokens = [...new Set([...fixed, ...capitalised()])].slice(0, VOCABULARY_SIZE);
  const isWord = new Set(spaced);
  return {
    tokens,
    types: tokens.map((_, id) => (id >= BYTES && id < BYTES + controlTokens.length ? 3 : 1)),
    generated: tokens.map((token) => isWord.has(token)),
  };
}

function* capitalised(): Generator<string> {
  for (const word of words) {
    const capital = `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
    yield ` ${capital}`;
    yield capital;
  }
}

const BACKSLASH = 0x5c;

/** llama.cpp's reader of this notation knows only lower-case hexadecimal digits. */
function escapedByte(byte: number): string {
  const printable = byte >= 0x20 && byte < 0x7f && byte !== BACKSLASH;
  return printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}
