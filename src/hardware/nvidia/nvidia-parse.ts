/** Reads lines of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`. */
import { MIB } from '../../shared/units.js';
import type { GpuSample, ThrottleReason } from '../gpu-sample.js';
import { divided, multiplied, subtracted } from '../unknown-number.js';
import type { NvidiaColumn, NvidiaQuantity, NvidiaReason } from './nvidia-query.js';

/** What the tool prints of one GPU, by quantity. */
export interface NvidiaRow {
  readonly index: number;
  /** The tool's own local time of the reading in milliseconds; only differences between rows mean anything. */
  readonly toldAtMs: () => number | undefined;
  /** PCI address as the kernel writes it, e.g. `0000:0c:00.0`. */
  readonly pciAddress: () => string | undefined;
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
  // A quantity without a column has its place behind the last value, where no line has one.
  const place = (quantity: NvidiaQuantity) => places.get(quantity) ?? columns.length;
  const at = Object.fromEntries(figureNames.map((name) => [name, place(name)])) as Readonly<Record<FigureName, number>>;

  return (line) => {
    const values = line.split(', ');
    if (nameIsLast && values.length > columns.length) values.splice(last, values.length, values.slice(last).join(', '));
    if (values.length !== columns.length) return undefined;
    const index = toNumber(values[at.index]);
    if (index === undefined || !Number.isInteger(index) || index < 0) return undefined;
    return {
      index,
      toldAtMs: () => parseToolTime(values[at.timestamp]),
      pciAddress: () => parseBusId(toText(values[at.busId])),
      sampleAt: (atMs) => ({
        atMs,
        vendor: 'nvidia',
        index,
        uuid: toText(values[at.uuid]),
        name: toText(values[at.name]),
        driver: toText(values[at.driver]),
        memoryKind: 'dedicated',
        memoryUsedBytes: multiplied(toNumber(values[at.memoryUsedMib]), MIB),
        memoryTotalBytes: multiplied(toNumber(values[at.memoryTotalMib]), MIB),
        tempC: toNumber(values[at.tempC]),
        memoryTempC: toNumber(values[at.memoryTempC]),
        powerW: toNumber(values[at.powerInstantW]) ?? toNumber(values[at.powerW]),
        powerLimitW: toNumber(values[at.powerLimitW]),
        energyJ: divided(toNumber(values[at.energyMj]), 1000),
        utilRatio: divided(toNumber(values[at.utilPercent]), 100),
        smClockMhz: toNumber(values[at.smClockMhz]),
        memoryClockMhz: toNumber(values[at.memoryClockMhz]),
        performanceState: toText(values[at.performanceState]),
        throttle: readReasons(reasons, values),
        throttledMs: readCounters(counters, values),
        pcieGen: toNumber(values[at.pcieGen]),
        pcieGenMax: toNumber(values[at.pcieGenMax]),
        pcieWidth: toNumber(values[at.pcieWidth]),
        pcieWidthMax: toNumber(values[at.pcieWidthMax]),
        eccUncorrected: toNumber(values[at.eccUncorrected]),
        complaint: complaintIn(line),
      }),
    };
  };
}

const figureNames = [
  'timestamp',
  'index',
  'uuid',
  'driver',
  'busId',
  'memoryUsedMib',
  'memoryTotalMib',
  'tempC',
  'memoryTempC',
  'powerInstantW',
  'powerW',
  'powerLimitW',
  'energyMj',
  'utilPercent',
  'smClockMhz',
  'memoryClockMhz',
  'performanceState',
  'pcieGen',
  'pcieGenMax',
  'pcieWidth',
  'pcieWidthMax',
  'eccUncorrected',
  'name',
] as const satisfies readonly NvidiaQuantity[];
type FigureName = (typeof figureNames)[number];

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
  const first = value?.charCodeAt(0);
  // Most of a line is numbers: this spares them the pattern below.
  if (value === undefined || first === undefined || !(isDigit(first) || first === MINUS)) return undefined;
  const number = Number(value);
  if (!Number.isNaN(number)) return number;
  const match = /^(-?\d+(?:\.\d+)?) ?(?:MiB|MHz|W|mJ|us|%|C)$/.exec(value);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

const MINUS = 0x2d;

function isDigit(charCode: number): boolean {
  return charCode >= 0x30 && charCode <= 0x39;
}

function toText(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value === 'N/A' || value === 'ERR!' || value.startsWith('[')) {
    return undefined;
  }
  return value;
}

/** What stands in a figure's place and is more than its absence: `[GPU requires reset]`, `[Unknown Error]`. */
function complaintIn(line: string): string | undefined {
  return /\[(?!N\/A|Not )([^\]]+)\]/.exec(line)?.[1];
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
  const newest = rows.at(-1);
  const isOneReading =
    newest === undefined || rows.findIndex(({ index }) => index === newest.index) === rows.length - 1;
  if (isOneReading) return rows.map((row) => row.sampleAt(arrivedMs));
  const newestToldMs = newest.toldAtMs();
  return rows.map((row) => {
    const earlierMs = subtracted(newestToldMs, row.toldAtMs()) ?? 0;
    const atMs = arrivedMs - earlierMs;
    // A stepped wall clock gives an impossible time: then the arrival is all that is known.
    return row.sampleAt(earlierMs >= 0 && atMs >= earliestMs ? atMs : arrivedMs);
  });
}
