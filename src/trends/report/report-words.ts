/** The sentences and figures of a report, the same in every format. */
import { amount, change, count, formatKnown, latency, speed, UNKNOWN } from '../../shared/figure-text.js';
import { runsText, withHalfWidth } from '../../shared/result-columns.js';
import { testName } from '../../shared/test-name.js';
import { behindWords } from '../../shared/text/hiding-place.js';
import { skipWords } from '../../shared/text/skip-words.js';
import type { MachineVerdict } from '../verdict/machine-verdict.js';
import type { EnergyCost } from './energy-cost.js';
import type { MachineReport } from './machine-report.js';

function gib(mib: number): string {
  return `${(mib / 1024).toFixed(1)} GiB`;
}

const partNames = { gpu: 'GPUs', cpu: 'processor' } as const;

function energyWords(energy: EnergyCost): string {
  const { joules_per_token, parts, cost_per_million_tokens: cost, grams_co2_per_million_tokens: grams } = energy;
  const words = `${joules_per_token.toPrecision(3)} J a token (${parts.map((part) => partNames[part]).join(' and ')})`;
  const each = [
    ...(cost === null ? [] : [`${amount(cost)} ${energy.currency}`]),
    ...(grams === null ? [] : [`${amount(grams)} g of CO₂`]),
  ];
  return each.length === 0 ? words : `${words}: ${each.join(' and ')} for a million tokens`;
}

/** An interval is shown from 0 on: older versions let it reach below, where no speed lies. */
function baselineWords(report: MachineReport): string {
  const { baseline_ci95_tps: ci, baseline_successful_runs: successful, baseline_timed_runs: timed } = report;
  const interval = ci === null ? '' : ` (95 %: ${speed(Math.max(0, ci[0]))} to ${speed(ci[1])})`;
  const isWhole = successful === null || timed === null || successful === timed;
  const runs = isWhole ? '' : `, ${runsText({ successful, timed })} runs`;
  return formatKnown(report.baseline_tps, (tps) => `${speed(tps)} tokens/s${interval}${runs}`);
}

/** Label and value of each figure. */
export function reportFacts(report: MachineReport): [string, string][] {
  const { hardware, server } = report;
  const known = (...parts: (string | null)[]) => parts.filter((part) => part !== null).join(', ') || UNKNOWN;
  const vram = hardware.vram_total_mb === null ? null : gib(hardware.vram_total_mb);
  const driver = hardware.gpu_driver === null ? null : `driver ${hardware.gpu_driver}`;
  const cores = hardware.cpu_cores === null ? null : `${hardware.cpu_cores} cores`;
  const ram = hardware.ram_total_gb === null ? null : `${hardware.ram_total_gb} GiB RAM`;
  const context = server.context_length === null ? null : `context ${count(server.context_length)}`;
  const slots = server.slots === null ? null : `${server.slots} ${server.slots === 1 ? 'slot' : 'slots'}`;
  const { energy } = report;
  const share = report.peak_vram_pct === null ? '' : ` (${report.peak_vram_pct.toFixed(0)} %)`;
  return [
    ['Run', `${report.run.run_id} (${report.run.mode}, target ${report.run.target})`],
    ['GPU', known(hardware.gpu, vram, driver)],
    ['CPU', known(hardware.cpu, cores, ram)],
    ['Server', known(server.version === null ? server.name : `${server.name} ${server.version}`, context, slots)],
    ['Model', report.model],
    ['Baseline', baselineWords(report)],
    ['Peak VRAM', formatKnown(report.peak_vram_mb, (mib) => gib(mib) + share)],
    ['Peak temperature', formatKnown(report.peak_temp_c, (degrees) => `${degrees.toFixed(0)} °C`)],
    ['Utilisation', formatKnown(report.avg_util_pct, (percent) => `${percent.toFixed(0)} %`)],
    ...(energy === null ? [] : ([['Energy', energyWords(energy)]] as [string, string][])),
    ...(report.output_canary === null ? [] : ([['Output canary', report.output_canary.words]] as [string, string][])),
    ...(report.last_month === null ? [] : ([['Last month', report.last_month.sentence]] as [string, string][])),
    ['Suggested context', formatKnown(report.suggested_ctx_size, (size) => `${count(size)} tokens`)],
    ['', report.suggested_ctx_reason],
    ...(report.suggested_command === null ? [] : ([['Command', report.suggested_command]] as [string, string][])),
  ];
}

export const sweepTitles = ['Context', 'Decode tok/s', 'Prefill tok/s', 'TTFT', 'VRAM', 'Runs'] as const;

/** The context sweep as rows of a table, without its head; unknown is `–`. */
export function sweepRows({ context_sweep }: MachineReport): string[][] {
  return context_sweep.map((entry) => [
    count(entry.ctx_size),
    entry.error ?? formatKnown(entry.avg_tps, (tps) => decodeText(tps, entry.ci95_tps)),
    formatKnown(entry.avg_prefill_tps, speed),
    formatKnown(entry.avg_ttft_s, (seconds) => `${seconds.toFixed(2)} s`),
    formatKnown(entry.avg_vram_pct, (percent) => `${percent.toFixed(0)} %`),
    runsText({ successful: entry.successful_runs, timed: entry.timed_runs }),
  ]);
}

function decodeText(tps: number, interval: readonly [number, number] | null): string {
  return interval === null ? speed(tps) : withHalfWidth(tps, interval[1], 'tokens/s');
}

export const streamTitles = [
  'Streams',
  'All streams tok/s',
  'of one alone',
  'One stream tok/s',
  'TTFT',
  'TTFT queued',
] as const;

/** The curve over streams at once as rows of a table, without its head; unknown is `–`. */
export function streamRows({ stream_curve }: MachineReport): string[][] {
  return stream_curve.map((point) => [
    count(point.streams),
    point.error ?? speed(point.aggregate_tps),
    formatKnown(point.aggregate_ratio, (ratio) => `× ${ratio.toFixed(2)}`),
    speed(point.stream_tps),
    latency(point.avg_ttft_s),
    latency(point.avg_queued_ttft_s),
  ]);
}

/** Where the server is known to have fewer slots than there were streams. */
export function slotsNote({ server: { slots }, stream_curve }: MachineReport): string | undefined {
  const most = Math.max(0, ...stream_curve.map(({ streams }) => streams));
  if (slots === null || most <= slots) return undefined;
  return `The server works on ${slots} at once: further streams wait for one to end.`;
}

/** The sentence of each target that is not well, with its likely cause and what to do; of a machine that is well its own. */
export function verdictLines({ sentence, targets }: MachineVerdict): string[] {
  const troubled = targets.filter(({ state, concern }) => state !== 'well' || concern !== null);
  if (troubled.length === 0) return [sentence];
  return troubled.map((target) =>
    [
      target.sentence,
      ...(target.since === null ? [] : [`Since ${target.since}.`]),
      ...(target.likely_cause === null ? [] : [`Likely cause: ${withStop(target.likely_cause)}`]),
      ...(target.next_step === null ? [] : [target.next_step]),
    ].join(' '),
  );
}

function withStop(words: string): string {
  return /[.!?)]$/.test(words) ? words : `${words}.`;
}

/** A sentence for each active regression. */
export function regressionSentences({ regressions }: MachineReport): string[] {
  return regressions.map(regressionSentence);
}

type RegressionWords = Pick<
  MachineReport['regressions'][number],
  'test_id' | 'label' | 'change_ratio' | 'since' | 'changes' | 'culprit' | 'behind'
>;

/** Where there is none, or none could be told yet: of others than the last run's the verdict tells. */
export function noRegression({ model, run, is_judged }: Pick<MachineReport, 'model' | 'run' | 'is_judged'>): string {
  const who = `${model} on ${run.target}`;
  return is_judged ? `No regression of ${who}.` : `Too few runs yet to tell a regression of ${who}.`;
}

/** What, since when, what changed, and whose fault. */
export function regressionSentence(regression: RegressionWords): string {
  const { test_id, label, change_ratio, since, changes, culprit, behind } = regression;
  const month = behind === null ? '' : ` against the month before (it came ${behindWords[behind]})`;
  const suspects = (changes ?? []).filter(({ explains }) => explains).map(({ words }) => words);
  const cause = suspects.length === 0 ? ' Nothing is known to have changed.' : ` Changed then: ${suspects.join('; ')}.`;
  const fault = {
    machine: ' The reference model slowed too: it is the machine.',
    server: ' The reference model did not: it is the server.',
  };
  return `${testName(test_id)}: ${label} ${change(change_ratio)}${month} since ${since}.${cause}${culprit === null ? '' : fault[culprit]}`;
}

/** A sentence for each signal that drifts. */
export function driftSentences({ drifts }: MachineReport): string[] {
  return drifts.map(
    ({ test_id, label, ratio_per_30d, window_days }) =>
      `${testName(test_id)}: ${label} drifts by ${change(ratio_per_30d)} in 30 days (over ${window_days} days).`,
  );
}

/** Findings of several tests that say the same stand once. */
export function findingSentences({ findings, failures, skipped }: MachineReport): string[] {
  const tests = new Map<string, string[]>();
  for (const { message, test_id } of findings) tests.set(message, [...(tests.get(message) ?? []), testName(test_id)]);
  return [
    ...[...tests].map(([message, names]) => `${names.join(', ')}: ${message}`),
    ...failures.map(({ test_id, error }) => `${testName(test_id)} failed: ${error}`),
    ...skipped.map(({ test_id, reason }) => `${testName(test_id)} skipped: ${skipWords(reason)}`),
  ];
}
