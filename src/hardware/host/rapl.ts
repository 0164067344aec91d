/** Energy counters of the processor packages (RAPL), which Intel and AMD processors share on Linux. */
import { join } from 'node:path';
import { KeptFile, listFolder, readSystemFile } from '../system/system-file.js';

interface RaplPackage {
  readonly energyUj: KeptFile;
  /** The counter starts again at 0 beyond this value. */
  readonly rangeUj: number;
  previousUj: number;
}

export interface RaplReader {
  /** Joules of all packages since the reader was opened; `undefined` where a counter does not answer. */
  read(): number | undefined;
  close(): void;
}

/** `undefined` where there are no counters or they may not be read (since Linux 5.10 by root alone). */
export async function openRapl(root: string): Promise<RaplReader | undefined> {
  const packages: RaplPackage[] = [];
  for (const path of await packageFolders(root)) {
    const energyUj = new KeptFile(join(path, 'energy_uj'));
    const rangeUj = Number(await readSystemFile(join(path, 'max_energy_range_uj')));
    const previousUj = energyUj.readNumber();
    if (!(rangeUj > 0) || previousUj === undefined) {
      energyUj.close();
      continue;
    }
    packages.push({ energyUj, rangeUj, previousUj });
  }
  return packages.length === 0 ? undefined : raplReader(packages);
}

// The top level alone: parts of a package are counted in it already, and the MMIO twins count the same packages again.
async function packageFolders(root: string): Promise<readonly string[]> {
  const folder = join(root, 'sys/class/powercap');
  const paths: string[] = [];
  for (const name of await listFolder(folder)) {
    if (!/^intel-rapl:\d+$/.test(name)) continue;
    const path = join(folder, name);
    if ((await readSystemFile(join(path, 'name')))?.startsWith('package-')) paths.push(path);
  }
  return paths;
}

function raplReader(packages: readonly RaplPackage[]): RaplReader {
  let totalUj = 0;
  return {
    read() {
      let complete = true;
      for (const each of packages) {
        const uj = each.energyUj.readNumber();
        if (uj === undefined) {
          complete = false;
          continue;
        }
        totalUj += uj >= each.previousUj ? uj - each.previousUj : uj + each.rangeUj - each.previousUj;
        each.previousUj = uj;
      }
      return complete ? totalUj / 1e6 : undefined;
    },
    close() {
      for (const each of packages) each.energyUj.close();
    },
  };
}
