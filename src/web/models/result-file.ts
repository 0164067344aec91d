/** A `result.json`, or a file of shared figures, that somebody drops on the page. */
import { shortModelName } from '../../shared/model-name.js';

export interface ResultFile {
  readonly name: string;
  /** Checked by the agent: it has the schema. */
  readonly result: object;
}

const MOST_BYTES = 900_000;

const EXPECTED =
  'expected the result.json of a run of typhon (in runs/ of its storage path), or a file of typhon export --share';

/** One, or one for each model of shared figures. Throws an `Error` that says what was expected. */
export async function resultsInFile(file: Pick<File, 'name' | 'size' | 'text'>): Promise<readonly ResultFile[]> {
  const { name, size } = file;
  if (size > MOST_BYTES) throw new Error(`${name}: ${EXPECTED}, got ${Math.round(size / 1000)} kB.`);
  const result = parsed(await file.text());
  if (typeof result !== 'object' || result === null || Array.isArray(result))
    throw new Error(`${name}: ${EXPECTED}, got ${result === undefined ? 'no JSON' : 'JSON that is no object'}.`);
  if ('format' in result && result.format === 'typhon-share') return sharedModels(name, result);
  if (!('benchmarks' in result && 'run_id' in result && 'model' in result))
    throw new Error(`${name}: ${EXPECTED}, got an object without ${missingIn(result).join(', ')}.`);
  return [{ name, result }];
}

/** The agent compares one model at a time, and checks each. */
function sharedModels(name: string, shared: object): readonly ResultFile[] {
  const models: readonly unknown[] = 'models' in shared && Array.isArray(shared.models) ? shared.models : [];
  if (models.length === 0) throw new Error(`${name}: ${EXPECTED}, got shared figures of no model.`);
  return models.map((model) => ({ name: `${nameOf(model)}, ${name}`, result: { ...shared, models: [model] } }));
}

function nameOf(model: unknown): string {
  if (typeof model !== 'object' || model === null || !('model' in model)) return 'a model';
  return typeof model.model === 'string' ? shortModelName(model.model) : 'a model';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function missingIn(result: object): string[] {
  return ['run_id', 'model', 'benchmarks'].filter((key) => !(key in result));
}
