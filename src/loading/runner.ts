/** How a runner starts: with what an earlier one compiled, since every run waits for it. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { loadBundle } from './bundle.js';
import { cacheFolder } from './cache-folder.js';

const bundle = loadBundle(fileURLToPath(new URL('measuring.cjs', import.meta.url)), {
  folder: cacheFolder({ environment: process.env, platform: process.platform }),
  kind: 'runner',
});
const { settled } = bundle.exports as Pick<typeof import('../runner/child.js'), 'settled'>;
void settled.then(bundle.keep);
