/** The processor's temperature from hwmon, or from a thermal zone where no driver offers it there. */
import { join } from 'node:path';
import { KeptFile, listFolder, readSystemFile } from '../system/system-file.js';

// Which label is the whole package, by driver. k10temp's Tctl carries an offset on some models, Tdie never does.
const packageLabels: ReadonlyMap<string, readonly RegExp[]> = new Map([
  ['coretemp', [/^Package id \d+$/]],
  ['k10temp', [/^Tdie$/, /^Tctl$/]],
  ['zenpower', [/^Tdie$/]],
]);

const zoneTypes: ReadonlySet<string> = new Set([
  'x86_pkg_temp',
  'cpu-thermal',
  'cpu_thermal',
  'soc-thermal',
  'soc_thermal',
]);

/** The files to read, in thousandths of a degree, one for each package; none where nothing is known. */
export async function cpuTemperatureFiles(root: string): Promise<readonly KeptFile[]> {
  const sensors = await hwmonSensors(join(root, 'sys/class/hwmon'));
  return sensors.length > 0 ? sensors : zoneSensors(join(root, 'sys/class/thermal'));
}

async function hwmonSensors(folder: string): Promise<readonly KeptFile[]> {
  const sensors: KeptFile[] = [];
  for (const name of await listFolder(folder)) {
    const path = join(folder, name);
    const wanted = packageLabels.get((await readSystemFile(join(path, 'name'))) ?? '');
    if (wanted === undefined) continue;
    const labels = await temperatureLabels(path);
    // The first pattern that any sensor bears decides: Tctl does not count beside Tdie.
    const pattern = wanted.find((each) => labels.some(({ label }) => each.test(label)));
    for (const { input, label } of labels) if (pattern?.test(label)) sensors.push(new KeptFile(input));
  }
  return sensors;
}

async function temperatureLabels(path: string): Promise<readonly { readonly input: string; readonly label: string }[]> {
  const names = (await listFolder(path)).filter((name) => /^temp\d+_label$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({
      input: join(path, name.replace('_label', '_input')),
      label: (await readSystemFile(join(path, name))) ?? '',
    })),
  );
}

async function zoneSensors(folder: string): Promise<readonly KeptFile[]> {
  for (const name of await listFolder(folder)) {
    const type = await readSystemFile(join(folder, name, 'type'));
    if (type !== undefined && zoneTypes.has(type)) return [new KeptFile(join(folder, name, 'temp'))];
  }
  return [];
}
