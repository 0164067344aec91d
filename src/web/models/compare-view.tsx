import { useState } from 'preact/hooks';
import { joules, latency, memory, speed, watts } from '../../shared/figure-text.js';
import { shortModelName } from '../../shared/model-name.js';
import type { RunComparison } from '../../trends/comparison/run-comparison.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { hrefOf } from '../ui/route.js';
import { localTime } from '../ui/times.js';
import { useAddress } from '../ui/use-address.js';
import { useCell } from '../ui/use-cell.js';
import { MOST_COMPARED, runIdsIn } from './chosen-runs.js';
import { compareCurves } from './compare-curves.js';
import { ComparePlot } from './compare-plot.js';
import type { ComparedSide } from './compare-words.js';
import { ComparisonTable } from './comparison-table.js';
import type { ResultFile } from './result-file.js';
import { RunChoice } from './run-choice.js';

/** Two to six runs side by side: recorded ones, which the address names, and results of other machines. */
export function CompareView({ session }: { readonly session: PageSession }) {
  const renewals = useCell(session.renewals);
  const { choices, choose } = useAddress();
  const recorded = runIdsIn(choices);
  const [files, setFiles] = useState<readonly ResultFile[]>([]);
  const asked = [...recorded, ...files.map(({ result }) => result)].slice(0, MOST_COMPARED);
  const { value, problem, isLoading } = useAnswer(
    async () => (asked.length < 2 ? undefined : compared(session, recorded, asked)),
    [recorded.join(), files, renewals],
  );
  const runs = asked.length < 2 ? undefined : value;
  return (
    <section class="card" aria-labelledby="compare-title">
      <h2 id="compare-title">Compare</h2>
      <RunChoice
        session={session}
        chosen={recorded}
        files={files}
        isFull={asked.length >= MOST_COMPARED}
        onRuns={(run) => choose({ run })}
        onFiles={setFiles}
      />
      {problem !== undefined && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {asked.length < 2 && (
        <p class="empty">
          Choose two or more: <a href={hrefOf({ view: 'models' })}>models</a>, runs, or a <code>result.json</code> of
          another machine. The first is what the others are held against.
        </p>
      )}
      {isLoading && runs === undefined && asked.length >= 2 && <p class="empty">Loading…</p>}
      {runs !== undefined && problem === undefined && <Compared comparison={runs} />}
    </section>
  );
}

function compared(
  { client }: PageSession,
  recorded: readonly string[],
  asked: readonly (string | object)[],
): Promise<RunComparison> {
  // What is recorded here is read without a token where reading needs none.
  if (asked.length === recorded.length) return client.get(`compare?${recorded.map((id) => `run=${id}`).join('&')}`);
  return client.send('POST', 'compare', { runs: asked });
}

function Compared({ comparison: { runs, comparisons } }: { readonly comparison: RunComparison }) {
  const names = runNames(runs);
  const curves = compareCurves(runs);
  return (
    <div class="result">
      <SideTable runs={runs} names={names} />
      {curves !== undefined && <ComparePlot curves={curves} names={names} />}
      {comparisons.map((one, index) => (
        <ComparisonTable
          key={one.after.run_id}
          comparison={one}
          sides={[runs[0], runs[index + 1]]}
          names={[names[0] ?? '', names[index + 1] ?? '']}
        />
      ))}
    </div>
  );
}

/** As short as tells them apart: the model, then its target, then the time of the run. */
function runNames(runs: readonly ComparedSide[]): string[] {
  const forms: readonly ((run: ComparedSide) => string)[] = [
    ({ model }) => shortModelName(model),
    ({ model, target }) => `${shortModelName(model)} on ${target}`,
    ({ model, run_at: at }) => `${shortModelName(model)}, ${localTime(at)}`,
  ];
  for (const form of forms) {
    const names = runs.map(form);
    if (new Set(names).size === names.length) return names;
  }
  return runs.map(({ model, run_id: id }) => `${shortModelName(model)}, ${id}`);
}

const columns: readonly { readonly title: string; readonly cell: (run: ComparedSide) => string }[] = [
  { title: 'Decode, tokens/s', cell: (run) => speed(shortOf(run)?.decode_tps) },
  { title: 'First token', cell: (run) => latency(shortOf(run)?.ttft_s) },
  { title: 'Prefill, tokens/s', cell: (run) => speed(filledOf(run)?.prefill_tps) },
  { title: 'VRAM', cell: ({ tests }) => memory(most(tests.map(({ peak_vram_mb: peak }) => peak))) },
  { title: 'Power', cell: ({ tests }) => watts(most(tests.map(({ avg_power_w: power }) => power))) },
  { title: 'Energy per token', cell: (run) => joules(shortOf(run)?.joules_per_token) },
  { title: 'Load', cell: ({ model_load_s: load }) => latency(load) },
];

function shortOf({ tests }: ComparedSide) {
  return tests.find(({ category }) => category === 'baseline');
}

function filledOf({ tests }: ComparedSide) {
  return tests
    .filter(({ category, error }) => category === 'context_sweep' && error === null)
    .toSorted((a, b) => a.ctx_size - b.ctx_size)[0];
}

function most(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function SideTable({ runs, names }: { readonly runs: readonly ComparedSide[]; readonly names: readonly string[] }) {
  return (
    <section class="scroll" tabIndex={0} aria-label="Figures of every run">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {columns.map(({ title }) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
            <th scope="col">Measured with</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run, index) => (
            <tr key={run.run_id}>
              <th scope="row" class="what">
                <span class={`key run-${index}`}>{names[index]}</span>
              </th>
              {columns.map(({ title, cell }) => (
                <td key={title} class="number">
                  {cell(run)}
                </td>
              ))}
              <td class="hint what">{withWhat(run)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function withWhat({ server, gpus, quantisation, workload_version: workload, mode }: ComparedSide): string {
  return [server, ...(gpus.length === 0 ? [] : [gpus.join(' + ')]), ...(quantisation === null ? [] : [quantisation])]
    .concat(`${mode}, workload ${workload}`)
    .join(' · ');
}
