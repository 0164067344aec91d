import t from 'tap';
import { cacheFolder } from '../../src/loading/cache-folder.js';

const HOME = '/home/ada';

t.test('is where each system keeps the caches of a user or a service', async (t) => {
  const places: readonly (readonly [NodeJS.Platform, NodeJS.ProcessEnv, string])[] = [
    ['linux', { HOME }, '/home/ada/.cache/typhon'],
    ['linux', { HOME, XDG_CACHE_HOME: '/fast/cache' }, '/fast/cache/typhon'],
    ['linux', { HOME, XDG_CACHE_HOME: '/fast', CACHE_DIRECTORY: '/var/cache/typhon' }, '/var/cache/typhon'],
    ['linux', { CACHE_DIRECTORY: '/var/cache/typhon:/var/cache/other' }, '/var/cache/typhon'],
    ['darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Caches/typhon'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' }, 'C:\\Users\\ada\\AppData\\Local\\typhon\\Cache'],
  ];
  for (const [platform, environment, folder] of places) t.equal(cacheFolder({ platform, environment }), folder);
});

t.test('is nowhere without a home, with one that is none, and where Node.js is told to keep nothing', async (t) => {
  const environments: readonly NodeJS.ProcessEnv[] = [
    {},
    { HOME: '/' },
    { HOME: 'ada' },
    { HOME, NODE_DISABLE_COMPILE_CACHE: '1' },
  ];
  for (const environment of environments) t.equal(cacheFolder({ platform: 'linux', environment }), undefined);
  t.equal(cacheFolder({ platform: 'win32', environment: {} }), undefined);
});

t.test('does not depend on the working directory', async (t) => {
  const environment = { HOME, XDG_CACHE_HOME: 'cache' };
  t.equal(cacheFolder({ platform: 'linux', environment }), '/home/ada/.cache/typhon');
});
