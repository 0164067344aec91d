/** The report as Markdown, for an issue or a wiki. */
import type { FullReport } from './machine-report.js';
import {
  driftSentences,
  findingSentences,
  regressionSentences,
  reportFacts,
  sweepRows,
  sweepTitles,
  verdictLines,
} from './report-words.js';

/** The report as GitHub-flavoured Markdown. */
export function reportMarkdown(report: FullReport): string {
  const facts = reportFacts(report).map(([label, value]) => [label, label === 'Command' ? code(value) : text(value)]);
  const sections = [`# ${text(report.model)}`, ...verdictLines(report.verdict).map(text), table(['', ''], facts)];
  const sweep = sweepRows(report);
  if (sweep.length > 0)
    sections.push(
      '## Context sweep',
      table(
        sweepTitles,
        sweep.map((row) => row.map(text)),
      ),
    );
  sections.push('## Regressions', list(regressionSentences(report)) || 'None.');
  const drifts = driftSentences(report);
  if (drifts.length > 0) sections.push('## Drift', list(drifts));
  const findings = findingSentences(report);
  if (findings.length > 0) sections.push('## Findings', list(findings));
  return sections.join('\n\n');
}

/** Names come from servers and drivers: none of them may become markup or break out of a cell. */
function text(value: string): string {
  return value.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}

/** A code span that holds backticks is fenced by more of them; in a table a pipe needs its backslash even there. */
function code(value: string): string {
  const longest = Math.max(0, ...[...value.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return `${fence}${pad}${value.replaceAll('|', '\\|')}${pad}${fence}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function list(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${text(sentence)}`).join('\n');
}
