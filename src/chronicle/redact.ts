/** What a text from a server, a driver or a user may tell of a person, a machine or a place. */

export const REMOVED = '[removed]';

/** The file's name where the server calls its model by a path; `org/name` stays as it is. */
export function redactModel(model: string): string {
  const separators = model.match(/[\\/]/g) ?? [];
  const isPath = /^(?:[\\/~.]|[A-Za-z]:[\\/])/.test(model) || model.includes('\\') || separators.length > 1;
  const name = isPath ? (model.split(/[\\/]/).findLast((part) => part !== '') ?? '') : model;
  return name === '' ? REMOVED : redactText(name);
}

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const identifying = [
  /:\/\//,
  // user@host
  /[^\s@]@[^\s@]/,
  new RegExp(`(?<![\\d.])(?:${octet}\\.){3}${octet}(?!\\.?\\d)`),
  // IPv6: at least three groups
  /(?:[0-9a-f]{1,4}:){3,}|::[0-9a-f]/i,
  /\blocalhost\b|\.(?:local|lan|internal|home\.arpa)\b/i,
  // Paths: absolute ones, those of a home folder, of Windows.
  /(?:^|[\s"'(=:])(?:~?\/[^\s/]|[A-Za-z]:[\\/])|\\\\/,
  /\b(?:home|Users)[\\/]/,
  // The UUID of a card or a machine, a machine's id, and what is said to be a serial number.
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i,
  /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/i,
  /\bserial\b|\bS\/N\b/i,
];

/** The text, or `[removed]` in place of one that holds an address, a path, a URL or a host's name. */
export function redactText(text: string): string {
  return identifying.some((pattern) => pattern.test(text)) ? REMOVED : text;
}

const LEAST_NAME = 3;

/** The text with `[removed]` in place of each of the names that stands in it as a word; names of two letters are none. */
export function withoutNames(text: string, names: readonly string[]): string {
  const told = names.filter((name) => name.length >= LEAST_NAME).toSorted((a, b) => b.length - a.length);
  return told.reduce((rest, name) => {
    const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return rest.replace(new RegExp(`(?<![\\p{L}\\d])${literal}(?![\\p{L}\\d])`, 'giu'), REMOVED);
  }, text);
}
