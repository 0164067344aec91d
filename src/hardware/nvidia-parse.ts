/** Reads lines of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`. */
import { blankSample, type GpuSample, type ThrottleReason } from './gpu-sample.js';
import type { NvidiaColumn, NvidiaQuantity, NvidiaReason } from './nvidia-query.js';
import { divided, multiplied } from './unknown-number.js';

const MIB = 2 ** 20;

/** What the tool prints of one GPU, by quantity. */
export interface NvidiaRow {
  readonly index: number;
  /** The tool's own local time of the reading in milliseconds; only differences between rows mean anything. */
  readonly toldAtMs: number | undefined;
  /** PCI address as the kernel writes it, e.g. `0000:0c:00.0`. */
  readonly pciAddress: string | undefined;
  readonly sampleAt: (atMs: number) => GpuSample;
}

/**
 * Makes the parser for a choice of columns. It answers `undefined` for a line that is not a row of them: another
 * number of values, or no index.
 */
export function nvidiaLineParser(columns: readonly NvidiaColumn[]): (line: string) => NvidiaRow | undefined {
  const places = new Map<NvidiaQuantity, number>(columns.map((column, place) => [column.quantity, place]));
  const last = columns.length - 1;
  const nameIsLast = columns[last]?.quantity === 'name';
  const reasons = placesOf('reason.', columns);
  const counters = placesOf('counterUs.', columns);

  return (line) => {
    const values = line.split(',').map((value) => value.trim());
    if (nameIsLast && values.length > columns.length) values.splice(last, values.length, values.slice(last).join(', '));
    if (values.length !== columns.length) return undefined;
    const textOf = (quantity: NvidiaQuantity) => {
      const place = places.get(quantity);
      return place === undefined ? undefined : values[place];
    };
    const index = toNumber(textOf('index'));
    if (index === undefined || !Number.isInteger(index) || index < 0) return undefined;
    return {
      index,
      toldAtMs: parseToolTime(textOf('timestamp')),
      pciAddress: parseBusId(toText(textOf('busId'))),
      sampleAt: (atMs) => ({
        ...blankSample('nvidia', index, atMs),
        ...readFigures(textOf),
        throttle: readReasons(reasons, values),
        throttledMs: readCounters(counters, values),
      }),
    };
  };
}

type TextOf = (quantity: NvidiaQuantity) => string | undefined;

function readFigures(textOf: TextOf): Partial<GpuSample> {
  const energyMj = toNumber(textOf('energyMj'));
  const utilPercent = toNumber(textOf('utilPercent'));
  return {
    uuid: toText(textOf('uuid')),
    name: toText(textOf('name')),
    driver: toText(textOf('driver')),
    memoryUsedBytes: multiplied(toNumber(textOf('memoryUsedMib')), MIB),
    memoryTotalBytes: multiplied(toNumber(textOf('memoryTotalMib')), MIB),
    tempC: toNumber(textOf('tempC')),
    memoryTempC: toNumber(textOf('memoryTempC')),
    powerW: toNumber(textOf('powerInstantW')) ?? toNumber(textOf('powerW')),
    powerLimitW: toNumber(textOf('powerLimitW')),
    energyJ: divided(energyMj, 1000),
    utilRatio: divided(utilPercent, 100),
    smClockMhz: toNumber(textOf('smClockMhz')),
    memoryClockMhz: toNumber(textOf('memoryClockMhz')),
    performanceState: toText(textOf('performanceState')),
    pcieGen: toNumber(textOf('pcieGen')),
    pcieGenMax: toNumber(textOf('pcieGenMax')),
    pcieWidth: toNumber(textOf('pcieWidth')),
    pcieWidthMax: toNumber(textOf('pcieWidthMax')),
    eccUncorrected: toNumber(textOf('eccUncorrected')),
  };
}

interface ReasonPlace {
  readonly reason: NvidiaReason;
  readonly place: number;
}

function placesOf(prefix: string, columns: readonly NvidiaColumn[]): readonly ReasonPlace[] {
  return columns.flatMap(({ quantity }, place) =>
    quantity.startsWith(prefix) ? [{ reason: quantity.slice(prefix.length) as NvidiaReason, place }] : [],
  );
}

function readReasons(places: readonly ReasonPlace[], values: readonly string[]): GpuSample['throttle'] {
  const active: Partial<Record<ThrottleReason, boolean>> = {};
  for (const { reason, place } of places) {
    if (values[place] === 'Active') active[reason] = true;
    else if (values[place] === 'Not Active') active[reason] = false;
  }
  return active;
}

function readCounters(places: readonly ReasonPlace[], values: readonly string[]): GpuSample['throttledMs'] {
  const counters: Partial<Record<ThrottleReason, number>> = {};
  for (const { reason, place } of places) {
    const microseconds = toNumber(values[place]);
    if (microseconds !== undefined) counters[reason] = microseconds / 1000;
  }
  return counters;
}

/**
 * A number with or without its unit. Everything else is unknown: `[N/A]`, `N/A`, `[Not Supported]`,
 * `[Unknown Error]`, `[Insufficient Permissions]`, `ERR!`, whatever a later driver may print.
 */
function toNumber(value: string | undefined): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)(?: ?(?:MiB|MHz|W|mJ|us|%|C))?$/.exec(value ?? '');
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

function toText(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value === 'N/A' || value === 'ERR!' || value.startsWith('[')) {
    return undefined;
  }
  return value;
}

/** `2026/07/14 08:12:53.500` as milliseconds of a made-up zone: good for differences alone. */
function parseToolTime(value: string | undefined): number | undefined {
  const match = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2})\.(\d{3})$/.exec(value ?? '');
  if (match === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** The tool writes the PCI domain with eight digits, the kernel with four. */
function parseBusId(value: string | undefined): string | undefined {
  const match = /^0000([0-9A-F]{4}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-9A-F])$/i.exec(value ?? '');
  return match?.[1]?.toLowerCase();
}

/**
 * Times of arrival for rows that came in one piece. Normally all are `arrivedMs`; when the pipe or this process
 * stalled, several readings come at once, and each is put back by what the tool's own stamps say it was earlier, but
 * never before `earliestMs`, the piece before.
 */
export function stampRows(rows: readonly NvidiaRow[], arrivedMs: number, earliestMs: number): readonly GpuSample[] {
  const newestToldMs = rows.at(-1)?.toldAtMs;
  return rows.map((row) => {
    const earlierMs = newestToldMs === undefined || row.toldAtMs === undefined ? 0 : newestToldMs - row.toldAtMs;
    const atMs = arrivedMs - earlierMs;
    // A stepped wall clock gives an impossible time: then the arrival is all that is known.
    return row.sampleAt(earlierMs >= 0 && atMs >= earliestMs ? atMs : arrivedMs);
  });
}
