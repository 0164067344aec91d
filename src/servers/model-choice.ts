import type { ServedModel } from '../benchmark/inference-server.js';
import { type ModelSelection, nearNames, selectedModels } from './model-selection.js';
import { ServerError } from './server-error.js';

const MAX_NAMED = 10;

function named(models: readonly ServedModel[]): string {
  const names = models.slice(0, MAX_NAMED).map((model) => model.id);
  const more = models.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

export interface ModelWish {
  readonly wanted: ModelSelection;
  /** Of all models the one that was measured last there, where one was. */
  readonly lastMeasured?: string | undefined;
  /** For the words of an error: which server this is. */
  readonly server: string;
}

/**
 * What `auto` means: a loaded model, of several the one measured last, else the first by name, so that the order in which
 * a server lists them, which may be that of their last use, decides nothing. Where it is not told which are loaded, the
 * only one, or the one that the server itself would take. `undefined` where none can be used without loading it, or
 * which one it is would be a guess.
 */
function automaticModel(models: readonly ServedModel[], lastMeasured?: string): string | undefined {
  const loaded = models.filter((model) => model.loaded).map(({ id }) => id);
  if (lastMeasured !== undefined && loaded.includes(lastMeasured)) return lastMeasured;
  const [first] = loaded.toSorted();
  if (first !== undefined) return first;
  const open = models.filter((model) => model.loaded === undefined && model.automatic !== 'never');
  return (open.find(({ automatic }) => automatic === 'first') ?? (open.length === 1 ? open[0] : undefined))?.id;
}

/**
 * The model to measure. One is never chosen that is known not to be loaded: using it would make the server load it. Of
 * several that are wanted the first that is loaded.
 *
 * Throws a `ServerError`: `server_asleep`, `no_model_loaded`, `model_ambiguous`, `model_not_loaded` or
 * `model_not_found`, each naming what is there.
 */
export function chooseModel(models: readonly ServedModel[], wish: ModelWish): string {
  const { wanted, lastMeasured, server } = wish;
  if (wanted === 'auto') {
    const chosen = automaticModel(models, lastMeasured);
    if (chosen !== undefined) return chosen;
    const sleeper = models.find((model) => model.asleep);
    if (sleeper !== undefined) throw asleep(server, sleeper);
    const open = models.filter((model) => model.loaded === undefined);
    if (open.length > 0) throw ambiguous(server, open);
    const met = models.length === 0 ? 'it lists no model' : `it has ${named(models)}, none of them loaded`;
    throw new ServerError('no_model_loaded', `${server} has no model loaded: ${met}. Load one there, then try again.`);
  }
  const found = selectedModels(wanted, models).flatMap((id) => models.find((model) => model.id === id) ?? []);
  const [first] = found;
  if (first === undefined) throw notFound(models, wanted, server);
  const usable = found.find((model) => model.loaded !== false && model.asleep !== true);
  if (usable !== undefined) return usable.id;
  if (first.asleep === true) throw asleep(server, first);
  throw notLoaded(models, first, server);
}

/** The one that would be measured were it loaded; `undefined` where that would be a guess. */
export function missingModel(models: readonly ServedModel[], { wanted, lastMeasured }: ModelWish): string | undefined {
  if (wanted !== 'auto') return selectedModels(wanted, models).find((id) => models.some((model) => model.id === id));
  const sleepers = models.filter(({ asleep: isAsleep }) => isAsleep);
  const [only, ...others] = sleepers.length > 0 ? sleepers : models;
  if (models.some(({ id }) => id === lastMeasured)) return lastMeasured;
  return others.length === 0 ? only?.id : undefined;
}

function notFound(models: readonly ServedModel[], wanted: 'all' | readonly string[], server: string): ServerError {
  if (wanted === 'all') return new ServerError('model_not_found', `${server} lists no model.`);
  const usable = models.filter((model) => model.loaded !== false);
  const listed = models.length > usable.length ? ` Listed besides: ${named(models.filter(isUnloaded))}.` : '';
  const [name = ''] = wanted;
  const near = nearNames(
    name,
    models.map(({ id }) => id),
  );
  const meant = near.length === 0 ? '' : ` Near it: ${near.join(', ')}.`;
  const names = wanted.map((one) => `'${one}'`).join(' or ');
  return new ServerError('model_not_found', `${server} has no model ${names}.${meant} ${loadedWords(models)}${listed}`);
}

function notLoaded(models: readonly ServedModel[], { id }: ServedModel, server: string): ServerError {
  return new ServerError(
    'model_not_loaded',
    `${server} has the model '${id}', but it is not loaded. ${loadedWords(models)}`,
  );
}

/** What is in memory, as far as the server tells. */
function loadedWords(models: readonly ServedModel[]): string {
  const usable = models.filter((model) => model.loaded !== false);
  return usable.length === 0 ? 'No model is loaded there.' : `Loaded there: ${named(usable)}.`;
}

function ambiguous(server: string, models: readonly ServedModel[]): ServerError {
  const met = `does not tell which of its models is loaded: it has ${named(models)}`;
  const advice = 'Name the one to measure: --model, or models of the target in the configuration';
  return new ServerError('model_ambiguous', `${server} ${met}. ${advice}.`);
}

function asleep(server: string, { id }: ServedModel): ServerError {
  const met = `its model '${id}' has left memory because nobody used it, and a measurement would wake it`;
  return new ServerError('server_asleep', `${server} is asleep: ${met}. Ask it something, then try again.`);
}

function isUnloaded(model: ServedModel): boolean {
  return model.loaded === false;
}
