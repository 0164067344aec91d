/** The index of all models on disk, brought up to date from the chronicle: what it costs does not grow with the years. */
import { parsedJson } from '../benchmark/json-text.js';
import { stageFile } from '../chronicle/atomic-file.js';
import { readWholeChronicle, readWholeTail } from '../chronicle/rotation.js';
import type { ChronicleRow } from '../chronicle/row.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { readTextFile } from '../chronicle/text-file.js';
import { ModelIndex, modelIndexSchema } from '../trends/measured/model-index.js';

type ModelPaths = Pick<StoragePaths, 'chronicle' | 'modelIndex'>;

// Some days of runs, then years of them; what lies further back is read as a whole.
const TAILS = [500, 20_000];

export class ModelRecords {
  readonly #paths: ModelPaths;
  #index: ModelIndex | undefined;
  #reading: Promise<ModelIndex> | undefined;
  /** Whether so much was read that it is better not read again. */
  #isWorthKeeping = false;

  constructor(paths: ModelPaths) {
    this.#paths = paths;
  }

  /** With all runs that are recorded, whoever made them. Where there is none since, one row is read. Throws `StorageError`. */
  async current(): Promise<ModelIndex> {
    this.#reading ??= this.#upToDate().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Writes the index down, brought up to date. Throws `StorageError`. */
  async keep(): Promise<void> {
    const index = await this.current();
    await (await stageFile(this.#paths.modelIndex, `${JSON.stringify(index.snapshot())}\n`)).commit();
    this.#isWorthKeeping = false;
  }

  /** Writes it down where somebody else would have to read much again, and can do without. */
  async keepIfWorth(): Promise<void> {
    if (this.#isWorthKeeping) await this.keep().catch(() => undefined);
  }

  async #upToDate(): Promise<ModelIndex> {
    const index = this.#index ?? (await readKept(this.#paths));
    const [newest] = (await readWholeTail(this.#paths, { rows: 1 })).rows;
    if (newest === undefined) this.#index = new ModelIndex();
    else this.#index = index?.endsWith(newest) ? index : await this.#catchUp(index);
    return this.#index;
  }

  async #catchUp(index: ModelIndex | undefined): Promise<ModelIndex> {
    for (const limit of index === undefined ? TAILS.slice(0, 1) : TAILS) {
      const { rows, complete } = await readWholeTail(this.#paths, { rows: limit });
      const at = index === undefined ? -1 : rows.findLastIndex((row) => index.endsWith(row));
      if (index !== undefined && at !== -1) return folded(index, rows.slice(at + 1));
      // The last row may have been thinned out: then nothing tells where to go on.
      if (complete) return folded(new ModelIndex(), rows);
      this.#isWorthKeeping = true;
    }
    const whole = new ModelIndex();
    for await (const row of readWholeChronicle(this.#paths)) whole.fold(row);
    return whole;
  }
}

function folded(index: ModelIndex, rows: readonly ChronicleRow[]): ModelIndex {
  for (const row of rows) index.fold(row);
  return index;
}

async function readKept({ modelIndex }: ModelPaths): Promise<ModelIndex | undefined> {
  const text = await readTextFile(modelIndex);
  const kept = text === undefined ? undefined : modelIndexSchema.safeParse(parsedJson(text)).data;
  return kept && new ModelIndex(kept);
}
