/** Which fields this machine's `nvidia-smi` knows, and which of them are asked for. */
import type { ThrottleReason } from '../gpu-sample.js';
import type { HardwareMachine } from '../gpu-source.js';
import { type ProgramOutput, runProgram } from '../system/program.js';

const REASON_NAMES = [
  'hw_thermal_slowdown',
  'sw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'hw_slowdown',
  'sw_power_cap',
] as const satisfies readonly ThrottleReason[];
export type NvidiaReason = (typeof REASON_NAMES)[number];

export type NvidiaQuantity =
  | 'timestamp'
  | 'index'
  | 'uuid'
  | 'driver'
  | 'busId'
  | 'memoryUsedMib'
  | 'memoryTotalMib'
  | 'tempC'
  | 'memoryTempC'
  | 'powerInstantW'
  | 'powerW'
  | 'powerLimitW'
  | 'energyMj'
  | 'utilPercent'
  | 'smClockMhz'
  | 'memoryClockMhz'
  | 'performanceState'
  | 'pcieGen'
  | 'pcieGenMax'
  | 'pcieWidth'
  | 'pcieWidthMax'
  | 'eccUncorrected'
  | 'name'
  | `reason.${NvidiaReason}`
  | `counterUs.${NvidiaReason}`;

/** One column of the answer: what it means and the field's name for `--query-gpu`. */
export interface NvidiaColumn {
  readonly quantity: NvidiaQuantity;
  readonly field: string;
}

type Candidates = readonly [NvidiaQuantity, readonly string[]];

/**
 * Field names by age, newest first: drivers from 535 on say `clocks_event_reasons`, older ones
 * `clocks_throttle_reasons`. `power.draw` is a one-second average on Ampere and newer, so the instant value is
 * preferred where both are known. `gen.gpumax` is the card's own maximum, `gen.max` that of card and board together.
 * No `nvidia-smi` up to 610 lists `total_energy_consumption`; the library behind it counts in millijoules.
 * The name stands last because it alone might hold a comma.
 */
const candidates: readonly Candidates[] = [
  ['timestamp', ['timestamp']],
  ['index', ['index']],
  ['uuid', ['uuid', 'gpu_uuid']],
  ['driver', ['driver_version']],
  ['busId', ['pci.bus_id', 'gpu_bus_id']],
  ['memoryUsedMib', ['memory.used']],
  ['memoryTotalMib', ['memory.total']],
  ['tempC', ['temperature.gpu']],
  ['memoryTempC', ['temperature.memory']],
  ['powerInstantW', ['power.draw.instant', 'gpu.power.draw.instant']],
  ['powerW', ['power.draw']],
  ['powerLimitW', ['enforced.power.limit', 'power.limit']],
  ['energyMj', ['total_energy_consumption']],
  ['utilPercent', ['utilization.gpu']],
  ['smClockMhz', ['clocks.current.sm', 'clocks.sm']],
  ['memoryClockMhz', ['clocks.current.memory', 'clocks.mem']],
  ['performanceState', ['pstate']],
  ...REASON_NAMES.map(
    (name): Candidates => [`reason.${name}`, [`clocks_event_reasons.${name}`, `clocks_throttle_reasons.${name}`]],
  ),
  ...REASON_NAMES.map((name): Candidates => [`counterUs.${name}`, [`clocks_event_reasons_counters.${name}`]]),
  ['pcieGen', ['pcie.link.gen.gpucurrent', 'pcie.link.gen.current']],
  ['pcieGenMax', ['pcie.link.gen.gpumax', 'pcie.link.gen.max']],
  ['pcieWidth', ['pcie.link.width.current']],
  ['pcieWidthMax', ['pcie.link.width.max']],
  ['eccUncorrected', ['ecc.errors.uncorrected.volatile.total']],
  ['name', ['name', 'gpu_name']],
];

/**
 * The names listed by `--help-query-gpu`: each property's line is `"name"` or `"name" or "alias"`, and its description
 * follows below.
 */
export function parseFieldList(help: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of help.split('\n')) {
    if (!/^"[\w.]+"(?: or "[\w.]+")*\s*$/.test(line.trimEnd())) continue;
    for (const match of line.matchAll(/"([\w.]+)"/g)) {
      if (match[1] !== undefined) names.add(match[1]);
    }
  }
  return names;
}

/** The best known name of every quantity; quantities without a known name are left out. */
export function chooseColumns(isKnown: (field: string) => boolean): readonly NvidiaColumn[] {
  return candidates.flatMap(([quantity, fields]) => {
    const field = fields.find(isKnown);
    return field === undefined ? [] : [{ quantity, field }];
  });
}

/** Arguments of a query for these columns. */
export function queryArguments(columns: readonly NvidiaColumn[]): readonly string[] {
  return [`--query-gpu=${columns.map((column) => column.field).join(',')}`, '--format=csv,noheader,nounits'];
}

export type NvidiaProbe =
  | { readonly state: 'ready'; readonly columns: readonly NvidiaColumn[]; readonly lines: readonly string[] }
  | { readonly state: 'failed'; readonly words: string }
  /** `hanging` resolves when the tool is gone. */
  | { readonly state: 'silent'; readonly hanging: Promise<void> };

// Without persistence mode the driver initialises every GPU first, seconds for each.
const PROBE_TIMEOUT_MS = 20_000;

/**
 * Finds the columns that the driver knows and reads every GPU once. The tool's own list decides; a field that the
 * query refuses all the same is replaced by its next name or dropped, one at a time, until the query passes. It may
 * end with an error and have read the cards that answer all the same.
 */
export async function probeNvidia(
  program: string,
  { env, clock }: Pick<HardwareMachine, 'env' | 'clock'>,
): Promise<NvidiaProbe> {
  const options = { env, clock, timeoutMs: PROBE_TIMEOUT_MS };
  const help = await runProgram(program, ['--help-query-gpu'], options);
  if (help.tookTooLong !== undefined) return { state: 'silent', hanging: help.tookTooLong };
  const listed = parseFieldList(help.stdout);
  const refused = new Set<string>();
  for (;;) {
    const columns = chooseColumns((field) => !refused.has(field) && (listed.size === 0 || listed.has(field)));
    const output = await runProgram(program, queryArguments(columns), options);
    if (output.tookTooLong !== undefined) return { state: 'silent', hanging: output.tookTooLong };
    const lines = output.stdout.split('\n').filter((line) => line.trim() !== '');
    const indexPlace = columns.findIndex((column) => column.quantity === 'index');
    const hasRead = output.exitCode === 0 || lines.some((line) => isReading(line, columns.length, indexPlace));
    if (hasRead && indexPlace >= 0) return { state: 'ready', columns, lines };
    const field = refusedField(output, columns);
    if (field === undefined) return { state: 'failed', words: failureWords(output) };
    refused.add(field);
  }
}

function isReading(line: string, columnCount: number, indexPlace: number): boolean {
  const values = line.split(', ');
  return values.length >= columnCount && /^\d+$/.test(values[indexPlace] ?? '');
}

/** The asked-for field that the tool names in its complaint (`Field "x" is not a valid field to query.`). */
function refusedField(output: ProgramOutput, columns: readonly NvidiaColumn[]): string | undefined {
  const named = [...`${output.stdout}\n${output.stderr}`.matchAll(/"([\w.]+)"/g)].map((match) => match[1]);
  return columns.find((column) => named.includes(column.field))?.field;
}

/** Of the tool's own words, in characters. */
export const LONGEST_WORDS = 300;

function failureWords(output: ProgramOutput): string {
  const said = `${output.stdout}\n${output.stderr}`.split('\n').find((line) => line.trim() !== '');
  if (said !== undefined) return said.trim().slice(0, LONGEST_WORDS);
  return output.exitCode === undefined ? 'it was killed' : `it ended with code ${output.exitCode}`;
}
