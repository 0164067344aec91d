/** Which result a person means: a run, the newest one of a model, or a file from anywhere. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BenchmarkResult } from '../benchmark/result.js';
import { listRunIds, readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { StorageError } from '../chronicle/storage-error.js';
import { shortModelName } from '../shared/model-name.js';
import type { MeasuredModel } from '../trends/measured/model-index.js';
import { ModelRecords } from './model-records.js';
import { runIdFor } from './run-reference.js';
import { RunReferenceError } from './run-reference-error.js';
import { readResultFile } from './sharing/result-file.js';

export interface ReferencePlace {
  readonly paths: StoragePaths;
  /** Relative paths begin here; `undefined` for whoever may not read files beside what was recorded. */
  readonly directory?: string | undefined;
}

/**
 * One result; a file of shared figures may hold several, of which the other side of a comparison decides. Throws
 * `RunReferenceError`, and `StorageError` where what is meant cannot be read.
 */
export async function candidateRuns(reference: string, place: ReferencePlace): Promise<readonly BenchmarkResult[]> {
  const { directory } = place;
  const path = directory !== undefined && looksLikePath(reference) ? resolve(directory, reference) : undefined;
  const file = path === undefined ? undefined : await resultFile(path);
  if (file !== undefined) return readResultFile(file);
  const named = path === undefined ? undefined : await modelInFile(path);
  if (named !== undefined) return [named];
  if (path !== undefined && namesFile.test(path)) {
    throw new RunReferenceError('unknown', `There is no file ${path.replace(namesFile, '.json')}.`);
  }
  return [await recordedRun(reference, place)];
}

/** Of `FILE#MODEL`. `undefined` where it is none. */
async function modelInFile(reference: string): Promise<BenchmarkResult | undefined> {
  const at = reference.indexOf('#', reference.lastIndexOf('.json'));
  const file = at < 0 ? undefined : await resultFile(reference.slice(0, at));
  if (file === undefined) return undefined;
  const results = await readResultFile(file);
  const wanted = reference.slice(at + 1);
  const found = results.findLast(({ model }) => model === wanted || shortModelName(model) === wanted);
  if (found !== undefined) return found;
  const models = results.map(({ model }) => model).join(', ');
  throw new RunReferenceError('unknown', `${file} has no model ${JSON.stringify(wanted)}. Models: ${models}`);
}

async function recordedRun(reference: string, { paths }: ReferencePlace): Promise<BenchmarkResult> {
  const runIds = await listRunIds(paths);
  if (!isRun(reference, runIds)) {
    const models = (await new ModelRecords(paths).current()).models();
    const model = modelFor(reference, models);
    if (model !== undefined) return newestRun(model, paths);
    if (models.length > 0 && !/^\d/.test(reference)) throw unknownModel(reference, models);
  }
  return readRun(runIdFor(reference, runIds), paths);
}

const namesFile = /\.json(?:#.*)?$/;

function looksLikePath(reference: string): boolean {
  return /[\\/]/.test(reference) || namesFile.test(reference);
}

/** The path itself, or the result in a run's folder. */
async function resultFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return path;
  const inside = join(path, 'result.json');
  const isRunFolder = found?.isDirectory() && (await stat(inside).catch(() => undefined))?.isFile();
  return isRunFolder ? inside : undefined;
}

const places = ['last', 'latest', 'previous'];

function isRun(reference: string, runIds: readonly string[]): boolean {
  return places.includes(reference) || runIds.some((id) => id.startsWith(reference) || id.endsWith(`_${reference}`));
}

/** That of the newest run, where several targets have it. `undefined` where none has. */
function modelFor(reference: string, models: readonly MeasuredModel[]): MeasuredModel | undefined {
  return models.findLast((model) => namesOf(model).includes(reference));
}

function namesOf({ model, target }: MeasuredModel): string[] {
  const names = [model, shortModelName(model)];
  return [...names, ...names.map((name) => `${name}@${target}`)];
}

async function newestRun({ model, run_id }: MeasuredModel, paths: StoragePaths): Promise<BenchmarkResult> {
  try {
    return await readRun(run_id, paths);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
    const words = `The newest run of ${model}, ${run_id}, is not kept any more: its figures stand in typhon models.`;
    throw new RunReferenceError('no_run', words, { cause: error });
  }
}

const MOST_SHOWN = 8;

function unknownModel(reference: string, models: readonly MeasuredModel[]): RunReferenceError {
  const newest = models.toReversed().map(({ model, target }) => `${shortModelName(model)}@${target}`);
  const [wanted = ''] = reference.toLowerCase().split('@');
  const near = newest.filter((name) => name.toLowerCase().includes(wanted) || wanted.includes(headOf(name)));
  const shown = (near.length > 0 ? near : newest).slice(0, MOST_SHOWN).join(', ');
  return new RunReferenceError(
    'unknown',
    `No run, file or model is called ${JSON.stringify(reference)}. Models: ${shown}`,
  );
}

/** What names of one family begin with. */
function headOf(name: string): string {
  return /^[a-z0-9]+/i.exec(name)?.[0].toLowerCase() ?? name;
}
