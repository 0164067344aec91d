/**
 * What a model is told of the machine: figures and findings, in words. Nothing in it tells who or where: no names of
 * hosts, users and targets, no paths, addresses or ids.
 */
import type { TestResult } from '../benchmark/result.js';
import { REMOVED, redactModel, redactText } from '../chronicle/redact.js';
import type { MachineRecord } from '../judging/report-reading.js';
import { change, speed } from '../shared/figure-text.js';
import { testName } from '../shared/test-name.js';
import { traitsOf } from '../trends/changes/changed-setting.js';
import type { Change } from '../trends/changes/what-changed.js';
import type { MachineReport } from '../trends/report/machine-report.js';
import { driftSentences, findingSentences, regressionSentences, reportFacts } from '../trends/report/report-words.js';
import { serverCommand } from '../trends/report/server-command.js';
import { signals } from '../trends/signal.js';
import type { SignalTrend, Trend } from '../trends/trend.js';

/** The names of this machine and of whoever runs typhon on it, as far as they are known. */
export function ownNamesOf(
  hostName: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const names = [
    hostName,
    hostName.split('.')[0],
    environment['USER'],
    environment['LOGNAME'],
    environment['USERNAME'],
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** `ownNames`: words that must not leave, as the machine's name and the user's. */
export function briefingOf({ result, report, trends }: MachineRecord, ownNames: readonly string[]): string {
  const shown = shareableReport(report, ownNames);
  const { mode, run_at, workload_version, agent_version } = report.run;
  const own = trends.filter(
    ({ series }) =>
      series.machine_id === result.machine_id && series.target === result.target && series.model === result.model,
  );
  const sections = [
    section('Machine', [
      `Last run: ${run_at}, mode ${mode}, workload version ${workload_version}, typhon ${agent_version}`,
      ...reportFacts(shown).flatMap(([label, value]) => (label === 'Run' ? [] : [`${label || 'Reason'}: ${value}`])),
    ]),
    section('Tests of the last run', result.benchmarks.map(testLine)),
    section('Regressions (slower than the baseline for good)', orNone(regressionSentences(shown))),
    section('Slow drift', orNone(driftSentences(shown))),
    section('Findings, failures, skipped tests', orNone(findingSentences(shown))),
    section('Last runs against the baseline', orNone(own.flatMap(trendLines))),
  ];
  // The last look: whatever a field brought along, no line leaves with it.
  const lines = withoutNames(sections.join('\n\n'), ownNames).split('\n');
  return lines.map((line) => (redactText(line) === REMOVED ? REMOVED : line)).join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `- ${line}`)].join('\n');
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['none'] : lines;
}

const SHORTEST_NAME = 3;

function withoutNames(text: string, names: readonly string[]): string {
  return names
    .filter(({ length }) => length >= SHORTEST_NAME)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .reduce(
      (rest, name) => rest.replace(new RegExp(`(?<![\\p{L}\\p{N}])${name}(?![\\p{L}\\p{N}])`, 'giu'), REMOVED),
      text,
    );
}

function shareableReport(report: MachineReport, ownNames: readonly string[]): MachineReport {
  const clean = (text: string) => redactText(withoutNames(text, ownNames));
  const cleanOrNull = (text: string | null) => (text === null ? null : clean(text));
  const { hardware, server, suggested_ctx_size: ctxSize } = report;
  const model = redactModel(withoutNames(report.model, ownNames));
  return {
    ...report,
    hardware: {
      ...hardware,
      cpu: cleanOrNull(hardware.cpu),
      gpu: cleanOrNull(hardware.gpu),
      gpu_driver: cleanOrNull(hardware.gpu_driver),
    },
    server: { ...server, name: clean(server.name), version: cleanOrNull(server.version) },
    model,
    suggested_command: ctxSize === null ? null : (serverCommand(server.kind, model, ctxSize) ?? null),
    findings: report.findings.map((finding) => ({ ...finding, message: findingMessage(finding, clean) })),
    skipped: report.skipped.map(({ test_id, reason }) => ({ test_id, reason: clean(reason) })),
    regressions: report.regressions.map((regression) => ({
      ...regression,
      changes: regression.changes?.map((each) => redactChange(each, clean)) ?? null,
    })),
  };
}

type Clean = (text: string) => string;

/** Names of programs are somebody's business: that there are some is what explains. */
function findingMessage({ code, message }: MachineReport['findings'][number], clean: Clean): string {
  if (code === 'other_gpu_process') return 'Other programs held GPU memory before the run.';
  const cleaned = clean(message);
  return cleaned === REMOVED ? code.replaceAll('_', ' ') : cleaned;
}

// What follows the version is whatever the one who built the kernel wrote there.
const kernelVersion = /^\d+(?:\.\d+)*(?:-\d+)?/;

function redactChange({ factor, before, after, ...rest }: Change, clean: Clean): Change {
  if (typeof before === 'number' && typeof after === 'number') return { factor, before, after, ...rest };
  const [was, is] = [before, after].map((fact) => {
    const words = String(fact);
    if (factor === 'model') return redactModel(words);
    return factor === 'kernel' ? (kernelVersion.exec(words)?.[0] ?? REMOVED) : clean(words);
  });
  const [shownBefore, shownAfter] = [was ?? REMOVED, is ?? REMOVED];
  return {
    ...rest,
    factor,
    before: shownBefore,
    after: shownAfter,
    words: `${traitsOf(factor).label} ${shownBefore} → ${shownAfter}`,
  };
}

function testLine(test: TestResult): string {
  const { gpu_stats: gpu } = test;
  const ci = test.ci95_tps;
  const figures = [
    known(
      test.avg_tps,
      (tps) =>
        `decode ${speed(tps)} tokens/s${ci === null ? '' : ` (95 %: ${speed(Math.max(0, ci[0]))} to ${speed(ci[1])})`}`,
    ),
    known(test.avg_prefill_tps, (tps) => `prefill ${speed(tps)} tokens/s`),
    known(test.avg_ttft_s, (seconds) => `TTFT ${seconds.toFixed(3)} s`),
    known(gpu?.peak_vram_used_mb, (mib) => `VRAM ${mib.toFixed(0)} MiB`),
    known(gpu?.peak_temp_c, (degrees) => `peak ${degrees.toFixed(0)} °C`),
    known(gpu?.avg_power_w, (watts) => `${watts.toFixed(0)} W`),
    known(gpu?.joules_per_token, (joules) => `${joules.toFixed(2)} J/token`),
    known(gpu?.avg_util_pct, (percent) => `GPU ${percent.toFixed(0)} % at work`),
    known(gpu?.throttled_ratio, (ratio) => `throttled ${(ratio * 100).toFixed(0)} % of the time`),
  ].filter((figure) => figure !== undefined);
  return `${testName(test.test_id)}: ${test.error === null ? figures.join(', ') : `failed (${test.error})`}`;
}

function known(value: number | null | undefined, format: (value: number) => string): string | undefined {
  return value === null || value === undefined ? undefined : format(value);
}

// Less than this is what two runs of an unchanged machine differ by.
const TELLING_CHANGE = 0.03;

function trendLines({ series, signals: judged }: Trend): string[] {
  return judged
    .filter(({ signal, change_ratio }) => signal === 'decode_speed' || Math.abs(change_ratio ?? 0) >= TELLING_CHANGE)
    .flatMap((trend) => trendLine(series.test_id, trend));
}

function trendLine(testId: string, { signal, unit, baseline, current, change_ratio }: SignalTrend): string[] {
  if (baseline === null || current === null || change_ratio === null) return [];
  const shown = (value: number) => `${value.toPrecision(3)} ${unit}`;
  const usual = `normally ${shown(baseline.median)} (${baseline.samples} runs)`;
  return [
    `${testName(testId)}: ${signals[signal].label} ${usual}, in the last ${current.samples} runs ${shown(current.median)} (${change(change_ratio)})`,
  ];
}
