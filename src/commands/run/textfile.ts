/** `typhon run --textfile`: what was measured here, for machines whose metrics another exporter publishes. */
import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { restoredFiles } from '../../agent/restored-files.js';
import { stageFile } from '../../chronicle/atomic-file.js';
import { storagePaths } from '../../chronicle/storage.js';
import type { Config } from '../../config/schema.js';
import type { Logger } from '../../logger.js';
import { BenchmarkSeries } from '../../metrics/series/benchmark-series.js';
import { restoreSeries } from '../../metrics/series/restore.js';
import { textfileOf } from '../../metrics/text/textfile.js';
import { CommandFailure } from '../command.js';

const NAME = 'typhon.prom';

/** Before anything is measured. Throws `CommandFailure` where no file can be put into the folder. */
export async function checkTextfileFolder(folder: string): Promise<void> {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    await access(folder, constants.W_OK);
  } catch (error) {
    const met = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(2, `--textfile: expected a folder that can be written to, got ${folder}: ${met}`, {
      cause: error,
    });
  }
}

export interface Textfile {
  readonly folder: string;
  readonly config: Config;
  readonly now: () => Date;
  readonly logger: Logger;
}

/**
 * Replaces `typhon.prom` in the folder by the newest figures of everything measured here that is not stale, as the agent
 * would show them. Throws `StorageError`, then the old file stands as it was.
 */
export async function writeTextfile({ folder, config, now, logger }: Textfile): Promise<void> {
  // Targets may be given by hand: no configuration lists them all.
  const settings = { ...config, targets: [] };
  const series = new BenchmarkSeries(() => settings, now);
  const sources = {
    ...restoredFiles(storagePaths(config.storage.path)),
    failedJobs: () => [],
    defaultTarget: () => '',
  };
  await restoreSeries(series, sources, logger);
  const text = textfileOf({ benchmarks: series, trends: { visible: () => [] } });
  await (await stageFile(join(folder, NAME), text)).commit();
}
