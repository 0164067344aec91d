import { useState } from 'preact/hooks';
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import * as figures from '../../shared/figure-text.js';
import { testName } from '../../shared/test-name.js';
import { errorWords } from '../../shared/text/error-words.js';
import { skipWords } from '../../shared/text/skip-words.js';
import { CanaryView } from './canary-view.js';
import { contextCurve } from './context-curve.js';
import { CurvePlot } from './curve-plot.js';
import { ResultTable } from './result-table.js';
import { ResultTiles } from './result-tiles.js';

/** Everything a run has told: figures, curve, table, findings, failures, raw JSON. */
export function ResultView({ result }: { readonly result: BenchmarkResult }) {
  const curve = contextCurve(result);
  return (
    <div class="result">
      <ResultTiles result={result} />
      <Findings tests={result.benchmarks} />
      <Failures result={result} />
      {curve !== undefined && <CurvePlot curve={curve} />}
      <ResultTable tests={result.benchmarks.filter(({ category }) => category !== 'canary')} />
      <CanaryView tests={result.benchmarks} />
      <Provenance result={result} />
    </div>
  );
}

function Findings({ tests }: { readonly tests: readonly TestResult[] }) {
  const findings = tests.flatMap(({ test_id: id, name, findings: found }) =>
    // What the canary found explains no figure: it is told beside both answers.
    found
      .filter(({ code }) => code !== 'output_changed')
      .map(({ code, message }) => ({ key: `${id} ${code}`, name, message })),
  );
  if (findings.length === 0) return null;
  return (
    <section class="findings" aria-label="Findings">
      <h3>What explains the figures</h3>
      <ul>
        {findings.map(({ key, name, message }) => (
          <li key={key}>
            <strong>{name}:</strong> {message}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Failures({ result: { benchmarks, skipped } }: { readonly result: BenchmarkResult }) {
  const failed = benchmarks.flatMap(({ test_id: id, name, error, error_detail: detail }) =>
    error === null ? [] : [{ id, name, error, detail }],
  );
  if (failed.length + skipped.length === 0) return null;
  return (
    <section class="failures" aria-label="Tests without a figure">
      <h3>Tests without a figure</h3>
      <ul>
        {failed.map(({ id, name, error, detail }) => (
          <li key={id} class="failed">
            <strong>{name} failed:</strong> {errorWords(error)}
            {detail !== null && <span class="hint"> {detail}</span>}
          </li>
        ))}
        {skipped.map(({ test_id: id, reason }) => (
          <li key={id}>
            <strong>{testName(id)} was skipped:</strong> {skipWords(reason)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Provenance({ result }: { readonly result: BenchmarkResult }) {
  const { server, model, run_id: runId, agent_version: version, workload_version: workload } = result;
  return (
    <>
      <p class="hint provenance">
        {model} on {server.name}
        {server.version !== null && ` ${server.version}`}
        {server.context_length !== null && `, context ${figures.count(server.context_length)}`} · workload {workload} ·
        typhon {version} · <code>{runId}</code>
      </p>
      <RawJson value={result} />
    </>
  );
}

/** Written out only when somebody opens it: it is long. */
function RawJson({ value }: { readonly value: BenchmarkResult }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details class="raw" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>Raw JSON</summary>
      {isOpen && (
        <section class="json" tabIndex={0} aria-label="The result as JSON">
          <pre>{JSON.stringify(value, null, 2)}</pre>
        </section>
      )}
    </details>
  );
}
