import t from 'tap';
import { nvidiaLineParser, stampRows } from '../../../src/hardware/nvidia/nvidia-parse.js';
import type { NvidiaColumn, NvidiaQuantity } from '../../../src/hardware/nvidia/nvidia-query.js';

const MIB = 2 ** 20;

function columnsOf(...quantities: NvidiaQuantity[]): NvidiaColumn[] {
  return quantities.map((quantity) => ({ quantity, field: quantity }));
}

function parse(values: Partial<Record<NvidiaQuantity, string>>) {
  const all: Partial<Record<NvidiaQuantity, string>> = { index: '0', ...values };
  const columns = columnsOf(...(Object.keys(all) as NvidiaQuantity[]));
  return nvidiaLineParser(columns)(Object.values(all).join(', '))?.sampleAt(1000);
}

t.test('a row becomes a sample in base units', async (t) => {
  t.match(
    parse({
      index: '1',
      uuid: 'GPU-1',
      driver: '590.48.01',
      memoryUsedMib: '8192',
      memoryTotalMib: '24576',
      tempC: '64',
      powerInstantW: '301.50',
      utilPercent: '95',
      smClockMhz: '1860',
      performanceState: 'P2',
      energyMj: '12500',
      pcieGen: '4',
      pcieWidthMax: '16',
      eccUncorrected: '0',
      name: 'NVIDIA GeForce RTX 3090',
    }),
    {
      atMs: 1000,
      vendor: 'nvidia',
      index: 1,
      uuid: 'GPU-1',
      driver: '590.48.01',
      memoryKind: 'dedicated',
      memoryUsedBytes: 8192 * MIB,
      memoryTotalBytes: 24576 * MIB,
      tempC: 64,
      powerW: 301.5,
      utilRatio: 0.95,
      smClockMhz: 1860,
      performanceState: 'P2',
      energyJ: 12.5,
      pcieGen: 4,
      pcieWidthMax: 16,
      eccUncorrected: 0,
      name: 'NVIDIA GeForce RTX 3090',
    },
  );
});

for (const unknown of [
  '[N/A]',
  'N/A',
  '[Not Supported]',
  '[Unknown Error]',
  '[Insufficient Permissions]',
  '[Requested functionality has been deprecated]',
  '[GPU requires reset]',
  'ERR!',
  '',
  'nan',
]) {
  t.test(`${unknown === '' ? 'nothing' : unknown} is unknown, not 0`, async (t) => {
    const sample = parse({ tempC: unknown, powerW: unknown, memoryUsedMib: unknown, utilPercent: unknown });
    t.not(sample, undefined);
    for (const field of ['tempC', 'powerW', 'memoryUsedBytes', 'utilRatio'] as const) {
      t.equal(sample?.[field], undefined, field);
    }
  });
}

t.test('a text that the tool cannot tell is unknown', async (t) => {
  for (const unknown of ['[N/A]', 'N/A', 'ERR!', '[Unknown Error]']) {
    t.equal(parse({ uuid: unknown, name: 'x' })?.uuid, undefined, unknown);
  }
});

t.test('a true 0 stays 0', async (t) => {
  t.match(parse({ utilPercent: '0', memoryUsedMib: '0', powerW: '0.00' }), {
    utilRatio: 0,
    memoryUsedBytes: 0,
    powerW: 0,
  });
});

t.test('a unit behind a number does no harm', async (t) => {
  t.match(parse({ powerW: '39.17 W', 'counterUs.sw_power_cap': '200740215 us' }), {
    powerW: 39.17,
    throttledMs: { sw_power_cap: 200740.215 },
  });
});

t.test('the instant power counts, and the average where the card has no instant one', async (t) => {
  t.equal(parse({ powerInstantW: '286.5', powerW: '301.2' })?.powerW, 286.5);
  t.equal(parse({ powerInstantW: '[N/A]', powerW: '301.2' })?.powerW, 301.2);
});

t.test('reasons are active, not active or not told', async (t) => {
  const sample = parse({
    'reason.sw_power_cap': 'Active',
    'reason.hw_slowdown': 'Not Active',
    'reason.sw_thermal_slowdown': '[N/A]',
  });
  t.same(sample?.throttle, { sw_power_cap: true, hw_slowdown: false });
});

t.test('a line of another shape is no row', async (t) => {
  const parseLine = nvidiaLineParser(columnsOf('index', 'uuid', 'powerW'));
  for (const line of [
    '',
    '0',
    '0, GPU-1',
    '0, GPU-1, 5.0, 6.0',
    'No devices were found',
    '-1, GPU-1, 5',
    '1.5, G, 5',
  ]) {
    t.equal(parseLine(line), undefined, line);
  }
});

t.test('a comma in the name, which stands last, does not shift a value', async (t) => {
  const row = nvidiaLineParser(columnsOf('index', 'powerW', 'name'))('0, 55.5, Some GPU, 2nd edition');
  t.match(row?.sampleAt(0), { powerW: 55.5, name: 'Some GPU, 2nd edition' });
});

t.test("the PCI address is told as the kernel's folders are named", async (t) => {
  const parseLine = nvidiaLineParser(columnsOf('index', 'busId'));
  t.equal(parseLine('0, 00000000:0C:00.0')?.pciAddress(), '0000:0c:00.0');
  t.equal(parseLine('0, [N/A]')?.pciAddress(), undefined);
});

t.test('rows that come late in one piece are put back by what the tool says of their times', async (t) => {
  const parseLine = nvidiaLineParser(columnsOf('timestamp', 'index'));
  const rows = ['2026/07/14 08:12:53.100, 0', '2026/07/14 08:12:53.100, 1', '2026/07/14 08:12:53.500, 0'].flatMap(
    (line) => parseLine(line) ?? [],
  );
  t.same(
    stampRows(rows, 10_000, 9000).map(({ atMs }) => atMs),
    [9600, 9600, 10_000],
  );
});

t.test('no row is put back before the piece that came before it, nor after its arrival', async (t) => {
  const parseLine = nvidiaLineParser(columnsOf('timestamp', 'index'));
  const rows = ['2026/07/14 07:12:53.100, 0', '2026/07/14 08:12:53.500, 0'].flatMap((line) => parseLine(line) ?? []);
  const stepped = [...rows].reverse();
  t.same(
    stampRows(rows, 10_000, 9000).map(({ atMs }) => atMs),
    [10_000, 10_000],
  );
  t.same(
    stampRows(stepped, 10_000, 9000).map(({ atMs }) => atMs),
    [10_000, 10_000],
  );
});

t.test('rows without a time of their own are stamped on arrival', async (t) => {
  const rows = ['[N/A], 0', '[N/A], 1'].flatMap(
    (line) => nvidiaLineParser(columnsOf('timestamp', 'index'))(line) ?? [],
  );
  t.same(
    stampRows(rows, 500, 0).map(({ atMs }) => atMs),
    [500, 500],
  );
});
