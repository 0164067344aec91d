/** typhon's parts as the single program has them: its page inside of it, its other processes itself again. */
import type { Installation } from '../commands/installation.js';
import { assetBytes, assetText } from './assets.js';

/** The first word of a command line that makes the program one of its own processes; no command is named like these. */
export const RUNNER = ':runner';
export const JUDGING = ':judging';

export const embeddedInstallation: Installation = {
  // `fork` starts the program that runs, which is all of typhon.
  typhon: [],
  runner: RUNNER,
  judging: JUDGING,
  readPageFile: async (name) => assetBytes(`web/${name}`) ?? missing(name),
  importEngine: async (folder) => {
    const { importEmbeddedEngine } = await import('./embedded-engine.js');
    const archive = assetBytes('engine');
    const engine = archive && { digest: assetText('engine-digest'), archive: () => archive };
    return importEmbeddedEngine(engine, folder);
  },
};

function missing(name: string): never {
  throw Object.assign(new Error(`the program holds no page file ${name}`), { code: 'ENOENT' });
}
