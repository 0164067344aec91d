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
  new RegExp(`(?<![\\d.])(?:${octet}\\.){3}${octet}(?![\\d.])`),
  // IPv6: at least three groups
  /(?:[0-9a-f]{1,4}:){3,}|::[0-9a-f]/i,
  /\blocalhost\b|\.(?:local|lan|internal|home\.arpa)\b/i,
  // Paths: absolute ones, those of a home folder, of Windows.
  /(?:^|[\s"'(=:])(?:~?\/[^\s/]|[A-Za-z]:[\\/])|\\\\/,
  /\b(?:home|Users)[\\/]/,
];

/** The text, or `[removed]` in place of one that holds an address, a path, a URL or a host's name. */
export function redactText(text: string): string {
  return identifying.some((pattern) => pattern.test(text)) ? REMOVED : text;
}
