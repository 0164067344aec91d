/** What a file from anywhere holds: the result of a run, or figures that somebody shared. */
import { readFile } from 'node:fs/promises';
import type * as z from 'zod';
import { type BenchmarkResult, benchmarkResultSchema } from '../../benchmark/result.js';
import { StorageError, storageErrorOf } from '../../chronicle/storage-error.js';
import { isShared, sharedFiguresSchema } from '../../trends/sharing/shared-figures.js';
import { resultsOfShared } from '../../trends/sharing/shared-result.js';

/** What is wrong with it, in words. */
interface Refusal {
  readonly problem: string;
  readonly cause: Error;
}

/** One result, or one for each model of shared figures. */
export function resultsIn(content: unknown): readonly BenchmarkResult[] | Refusal {
  if (isShared(content)) {
    const { data, error } = sharedFiguresSchema.safeParse(content);
    if (data !== undefined) return resultsOfShared(data);
    return { problem: `expected a file of typhon export --share.${firstOf(error)}`, cause: error };
  }
  const { data, error } = benchmarkResultSchema.safeParse(content);
  if (data !== undefined) return [data];
  const expected = 'expected the result.json of a run of typhon, or a file of typhon export --share';
  return { problem: `${expected}.${firstOf(error)}`, cause: error };
}

function firstOf({ issues: [first] }: z.ZodError): string {
  return first === undefined ? '' : ` ${first.path.join('.')}: ${first.message}.`;
}

/** Throws `StorageError` where it cannot be read or is neither. */
export async function readResultFile(path: string): Promise<readonly BenchmarkResult[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw storageErrorOf(error, 'read', path);
  });
  const results = resultsIn(parsed(text, path));
  if (!('problem' in results)) return results;
  throw new StorageError(`Cannot read ${path}: ${results.problem}`, { code: 'corrupt', path, cause: results.cause });
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StorageError(`Cannot read ${path}: it is no JSON.`, { code: 'corrupt', path, cause: error });
  }
}
