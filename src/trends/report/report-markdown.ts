/** The report as Markdown, for an issue or a wiki. */
import { markdownCode, markdownList, markdownTable, markdownText } from '../../shared/text/markdown.js';
import type { FullReport } from './machine-report.js';
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
} from './report-words.js';

/** The report as GitHub-flavoured Markdown. */
export function reportMarkdown(report: FullReport): string {
  const facts = reportFacts(report).map(([label, value]) => [
    label,
    label === 'Command' ? markdownCode(value) : markdownText(value),
  ]);
  const sections = [
    `# ${markdownText(report.model)}`,
    ...verdictLines(report.verdict).map(markdownText),
    markdownTable(['', ''], facts),
  ];
  const sweep = sweepRows(report);
  if (sweep.length > 0)
    sections.push(
      '## Context sweep',
      markdownTable(
        sweepTitles,
        sweep.map((row) => row.map(markdownText)),
      ),
    );
  const streams = streamRows(report);
  if (streams.length > 0) {
    const note = slotsNote(report);
    const rows = streams.map((row) => row.map(markdownText));
    sections.push('## Streams at once', markdownTable(streamTitles, rows), ...(note === undefined ? [] : [note]));
  }
  sections.push('## Regressions', markdownList(regressionSentences(report)) || markdownText(noRegression(report)));
  const drifts = driftSentences(report);
  if (drifts.length > 0) sections.push('## Drift', markdownList(drifts));
  const findings = findingSentences(report);
  if (findings.length > 0) sections.push('## Findings', markdownList(findings));
  return sections.join('\n\n');
}
