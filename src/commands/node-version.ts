/** Which Node.js typhon runs on, as `engines` in package.json says, too. Imports nothing: an older one has to get here. */

// `zlib.crc32`, which puts the checksum of a compressed scrape together, came with these two.
const firstMinors: ReadonlyMap<number, number> = new Map([
  [20, 15],
  [22, 2],
]);
const NEWEST_LIMITED = 22;

export const NEEDED_NODE = '20.15, 22.2 or newer';

/** `version`: as in `process.versions.node`. */
export function suitsNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEWEST_LIMITED || minor >= (firstMinors.get(major) ?? Number.POSITIVE_INFINITY);
}
