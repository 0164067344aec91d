import { posix, win32 } from 'node:path';

export interface CachePlaces {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/**
 * Where this user's caches of typhon belong; `undefined` where there is no such place, or `NODE_DISABLE_COMPILE_CACHE`
 * says that none is wanted, as it does to Node.js itself.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ and systemd.exec(5), `CacheDirectory=`
 */
export function cacheFolder({ environment, platform }: CachePlaces): string | undefined {
  if (environment['NODE_DISABLE_COMPILE_CACHE']) return undefined;
  if (platform === 'win32') return within(win32, environment['LOCALAPPDATA'], 'typhon', 'Cache');
  // Several, where a unit asks for several.
  const [ofService] = (environment['CACHE_DIRECTORY'] ?? '').split(':');
  const home = environment['HOME'];
  return (
    within(posix, ofService) ??
    (platform === 'darwin' ? within(posix, home, 'Library', 'Caches', 'typhon') : undefined) ??
    within(posix, environment['XDG_CACHE_HOME'], 'typhon') ??
    within(posix, home, '.cache', 'typhon')
  );
}

/** A relative path would mean another folder in each working directory; `/` is the home of those who have none. */
function within(path: typeof posix, base: string | undefined, ...names: readonly string[]): string | undefined {
  return base !== undefined && base !== '/' && path.isAbsolute(base) ? path.join(base, ...names) : undefined;
}
