/** `node-llama-cpp`, an optional peer: loaded when the reference model is to be served, so that typhon runs without it. */
import { ReferenceFailure } from './failure.js';

export type EngineModule = typeof import('node-llama-cpp');

/** @throws {ReferenceFailure} `engine_missing`, with the command that installs it where `importPackage` tells nothing better. */
export async function importEngine(
  importPackage: () => Promise<EngineModule> = () => import('node-llama-cpp'),
): Promise<EngineModule> {
  try {
    return await importPackage();
  } catch (error) {
    if (error instanceof ReferenceFailure) throw error;
    const message =
      'the reference model is served by node-llama-cpp, which is not installed: run `npm install node-llama-cpp@3` ' +
      'where typhon-exporter is installed (with `--global` for a global one)';
    throw new ReferenceFailure('engine_missing', message, { cause: error });
  }
}
