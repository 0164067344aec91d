import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { systemCodeOf } from '../chronicle/file-system.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { Logger } from '../logger.js';

/** The names of those that are kept as paused. */
export async function pausedSchedules(
  { pausedSchedules: file }: StoragePaths,
  logger: Pick<Logger, 'warn'>,
): Promise<readonly string[]> {
  try {
    return z.array(z.string()).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') logger.warn({ err: error, file }, 'no schedule is paused');
    return [];
  }
}
