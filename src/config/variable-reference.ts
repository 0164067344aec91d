/** `${NAME}` in the text of a configuration, in the forms that compose files know. */

type Environment = Readonly<Record<string, string | undefined>>;

/** Why a variable cannot stand in its place. */
interface ReferenceProblem {
  readonly expected: string;
  readonly got: string;
}

/** What a text says once its variables are in place, or all that keeps them from it. */
export type Expansion = { readonly text: string } | { readonly problems: readonly ReferenceProblem[] };

const FIRST_MARK = 0xe100;
const OPEN = '\uE000';
const CLOSE = '\uE001';
const FORMS = '${NAME}, ${NAME:-default} or ${NAME:?message} ($${ for a plain ${)';

/**
 * YAML would take the braces in `{ key: ${NAME} }`, and what stands in a default, for its own. So while it is parsed
 * each reference stands as characters of the private use area, one for one, which leaves every position as it is.
 */
export function markReferences(text: string): string {
  return text.replace(/\$\{([\x20-\x7a\x7c\x7e]*)\}/g, (_match, inside: string) => {
    const hidden = Array.from(inside, (character) => String.fromCharCode(FIRST_MARK + character.charCodeAt(0)));
    return `$${OPEN}${hidden.join('')}${CLOSE}`;
  });
}

const marked = new RegExp(`(\\$?)\\$${OPEN}([\uE100-\uE1FF]*)${CLOSE}`, 'g');

/** As it stood in the file, with nothing expanded. */
export function unmarkedText(text: string): string {
  return text.replace(marked, (_match, dollar: string, hidden: string) => `${dollar}\${${plain(hidden)}}`);
}

/** The marked text with each reference's value in its place; each reference that has none says why. */
export function expandReferences(text: string, environment: Environment): Expansion {
  const problems: ReferenceProblem[] = [];
  const pieces = text.split(marked);
  let result = '';
  for (let index = 0; index < pieces.length; index += 3) {
    const literal = pieces[index] ?? '';
    // What was not marked has no end on its line, or another reference inside it.
    if (/(?<!\$)\$\{/.test(literal)) problems.push({ expected: FORMS, got: 'a ${ that begins none of them' });
    result += literal;
    const [dollar, hidden] = [pieces[index + 1], pieces[index + 2]];
    if (dollar === undefined || hidden === undefined) continue;
    if (dollar !== '') {
      result += `\${${plain(hidden)}}`;
      continue;
    }
    const value = expanded(plain(hidden), environment);
    if ('expected' in value) problems.push(value);
    else result += value.text;
  }
  return problems.length > 0 ? { problems } : { text: result };
}

function plain(hidden: string): string {
  return Array.from(hidden, (character) => String.fromCharCode(character.charCodeAt(0) - FIRST_MARK)).join('');
}

const reference = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?)([-?+])(.*))?$/;

/** With a colon an empty variable counts as one that is not set. */
function expanded(inside: string, environment: Environment): { readonly text: string } | ReferenceProblem {
  const [, name, colon, operator, word = ''] = reference.exec(inside) ?? [];
  if (name === undefined) return { expected: FORMS, got: `\${${inside}}` };
  const value = environment[name];
  const isSet = value !== undefined && (colon !== ':' || value !== '');
  if (operator === '+') return { text: isSet ? word : '' };
  if (isSet) return { text: value };
  if (operator === '-') return { text: word };
  const why = word === '' ? '' : ` (${word})`;
  return {
    expected: `the environment variable ${name} to be set${why}`,
    got: value === undefined ? 'no such variable' : 'an empty one',
  };
}
