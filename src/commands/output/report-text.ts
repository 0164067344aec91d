/** The report on a terminal. */
import type { FullReport } from '../../trends/report/machine-report.js';
import {
  driftSentences,
  findingSentences,
  noRegression,
  regressionSentences,
  reportFacts,
  slotsNote,
  streamRows,
  streamTitles,
  sweepRows,
  sweepTitles,
  verdictLines,
} from '../../trends/report/report-words.js';
import { textColumns } from './text-columns.js';

export function reportText(report: FullReport): string {
  const sections = [verdictLines(report.verdict).join('\n'), textColumns(reportFacts(report)).join('\n')];
  const sweep = sweepRows(report);
  if (sweep.length > 0) sections.push(textColumns([[...sweepTitles], ...sweep], '   ').join('\n'));
  const streams = streamRows(report);
  if (streams.length > 0) {
    const note = slotsNote(report);
    const table = textColumns([[...streamTitles], ...streams]);
    sections.push([...table, ...(note === undefined ? [] : [note])].join('\n'));
  }
  const regressions = regressionSentences(report);
  sections.push(regressions.length === 0 ? noRegression(report) : section('Regressions', regressions));
  const drifts = driftSentences(report);
  if (drifts.length > 0) sections.push(section('Drift', drifts));
  const findings = findingSentences(report);
  if (findings.length > 0) sections.push(section('Findings', findings));
  return sections.join('\n\n');
}

function section(title: string, sentences: readonly string[]): string {
  return [title, ...sentences.map((sentence) => `• ${sentence}`)].join('\n');
}
