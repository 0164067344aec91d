/** A `result.json` that somebody drops on the page. */

export interface ResultFile {
  readonly name: string;
  /** Checked by the agent: it has the schema. */
  readonly result: object;
}

const MOST_BYTES = 900_000;

const EXPECTED = 'expected the result.json of a run of typhon (in runs/ of its storage path)';

/** Throws an `Error` that says what was expected. */
export async function resultFile(file: Pick<File, 'name' | 'size' | 'text'>): Promise<ResultFile> {
  const { name, size } = file;
  if (size > MOST_BYTES) throw new Error(`${name}: ${EXPECTED}, got ${Math.round(size / 1000)} kB.`);
  const result = parsed(await file.text());
  if (typeof result !== 'object' || result === null || Array.isArray(result))
    throw new Error(`${name}: ${EXPECTED}, got ${result === undefined ? 'no JSON' : 'JSON that is no object'}.`);
  if (!('benchmarks' in result && 'run_id' in result && 'model' in result))
    throw new Error(`${name}: ${EXPECTED}, got an object without ${missingIn(result).join(', ')}.`);
  return { name, result };
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
