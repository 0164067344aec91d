import type { ServedModel } from '../benchmark/inference-server.js';
import { ServerError } from './server-error.js';

const MAX_NAMED = 10;

function named(models: readonly ServedModel[]): string {
  const names = models.slice(0, MAX_NAMED).map((model) => model.id);
  const more = models.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

/**
 * The model to measure. `auto` takes the first that is loaded; where that is unknown, the first listed. A model is
 * never chosen that is known not to be loaded: using it would make the server load it.
 *
 * Throws a `ServerError`: `server_asleep`, `no_model_loaded`, `model_not_loaded` or `model_not_found`, each naming what
 * is there.
 */
export function chooseModel(models: readonly ServedModel[], wanted: string, server: string): string {
  const usable = models.filter((model) => model.loaded !== false);
  if (wanted === 'auto') {
    const first = usable.find((model) => model.loaded) ?? usable[0];
    if (first !== undefined) return first.id;
    const sleeper = models.find((model) => model.asleep);
    if (sleeper !== undefined) throw asleep(server, sleeper);
    const met = models.length === 0 ? 'it lists no model' : `it has ${named(models)}, none of them loaded`;
    throw new ServerError('no_model_loaded', `${server} has no model loaded: ${met}. Load one there, then try again.`);
  }
  // Ollama's names carry a tag that people leave out.
  const found = models.find((model) => model.id === wanted) ?? models.find((model) => model.id === `${wanted}:latest`);
  const loaded = usable.length === 0 ? 'No model is loaded there.' : `Loaded there: ${named(usable)}.`;
  if (found === undefined) {
    const listed = models.length > usable.length ? ` Listed besides: ${named(models.filter(isUnloaded))}.` : '';
    throw new ServerError('model_not_found', `${server} has no model '${wanted}'. ${loaded}${listed}`);
  }
  if (found.asleep === true) throw asleep(server, found);
  if (isUnloaded(found)) {
    const reason = 'only loaded models are measured, so that nothing is pushed out of memory';
    throw new ServerError(
      'model_not_loaded',
      `${server} has the model '${found.id}', but it is not loaded, and ${reason}. Load it first. ${loaded}`,
    );
  }
  return found.id;
}

function asleep(server: string, { id }: ServedModel): ServerError {
  const met = `its model '${id}' has left memory because nobody used it, and a measurement would wake it`;
  return new ServerError('server_asleep', `${server} is asleep: ${met}. Ask it something, then try again.`);
}

function isUnloaded(model: ServedModel): boolean {
  return model.loaded === false;
}
