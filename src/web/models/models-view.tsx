import { shortModelName } from '../../shared/model-name.js';
import { MINUTE_MS } from '../../shared/units.js';
import type { ListedModel, ModelList, ModelOrder } from '../../trends/measured/model-list.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { hrefOf } from '../ui/route.js';
import { localTime, relative } from '../ui/times.js';
import { oneOf, useAddress } from '../ui/use-address.js';
import { useCell } from '../ui/use-cell.js';
import { useNow } from '../ui/use-now.js';
import { MOST_COMPARED, runIdsIn } from './chosen-runs.js';
import { families, figureCell, figureNamed, ranked, rankedFigures, workloadNote } from './model-ranking.js';

const orders = rankedFigures.map(({ name }) => name);

/** Every model that was measured here, by any figure; two or more chosen are compared. */
export function ModelsView({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const { value, problem } = useAnswer(() => session.client.get<ModelList>('models'), [changes]);
  const { choices, choose } = useAddress();
  const order = oneOf(choices.get('sort'), orders) ?? 'decode';
  const isTogether = choices.get('together') === 'yes';
  const chosen = runIdsIn(choices);
  const models = ranked(value?.models ?? [], figureNamed(order));
  const toggle = (runId: string) =>
    choose({ run: chosen.includes(runId) ? chosen.filter((id) => id !== runId) : [...chosen, runId] }, 'replace');
  return (
    <section class="card" aria-labelledby="models-title">
      <div class="card-head">
        <h2 id="models-title">Models</h2>
        {models.length > 0 && (
          <div class="filters">
            <label class="filter">
              <input
                type="checkbox"
                checked={isTogether}
                onChange={() => choose({ together: isTogether ? undefined : 'yes' })}
              />
              Quantisations beside each other
            </label>
            <CompareLink chosen={chosen} />
          </div>
        )}
      </div>
      {models.length > 0 && (
        <ModelTable
          groups={isTogether ? families(models) : [{ name: '', models }]}
          order={order}
          currency={value?.currency ?? null}
          chosen={chosen}
          onSort={(sort) => choose({ sort })}
          onToggle={toggle}
        />
      )}
      {value !== undefined && workloadNote(value) !== undefined && <p class="hint">{workloadNote(value)}</p>}
      {value?.models.length === 0 && <p class="empty">Nothing was measured yet: press Run on the overview.</p>}
      {value === undefined && <p class="empty">{problem ?? 'Loading…'}</p>}
      <p class="hint">
        Runs and the <code>result.json</code> of other machines:{' '}
        <a href={hrefOf({ view: 'compare' })}>compare anything</a>.
      </p>
    </section>
  );
}

function CompareLink({ chosen }: { readonly chosen: readonly string[] }) {
  if (chosen.length < 2) return <span class="hint">Choose two or more to compare them.</span>;
  return (
    <a class="button" href={hrefOf({ view: 'compare' }, { run: chosen })}>
      Compare {chosen.length}
    </a>
  );
}

const sorting = { higher: 'descending', lower: 'ascending' } as const;

interface ModelTableProps {
  readonly groups: readonly { readonly name: string; readonly models: readonly ListedModel[] }[];
  readonly order: ModelOrder;
  readonly currency: string | null;
  readonly chosen: readonly string[];
  readonly onSort: (order: ModelOrder) => void;
  readonly onToggle: (runId: string) => void;
}

function ModelTable({ groups, order, currency, chosen, onSort, onToggle }: ModelTableProps) {
  const nowMs = useNow(MINUTE_MS);
  return (
    <section class="scroll" tabIndex={0} aria-label="Figures of every model">
      <table class="models">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Quantisation</th>
            {rankedFigures.map(({ name, title, better }) => (
              <th key={name} scope="col" class="number" aria-sort={name === order ? sorting[better] : undefined}>
                <button type="button" class="quiet sort" onClick={() => onSort(name)}>
                  {title}
                  {name === order && <span aria-hidden="true">{better === 'higher' ? ' ↓' : ' ↑'}</span>}
                </button>
              </th>
            ))}
            <th scope="col">Measured</th>
          </tr>
        </thead>
        {groups.map(({ name, models }) => (
          <tbody key={name}>
            {name !== '' && models.length > 1 && (
              <tr class="family">
                <th scope="rowgroup" colSpan={rankedFigures.length + 3}>
                  {name}
                </th>
              </tr>
            )}
            {models.map((model) => (
              <ModelRow
                key={`${model.machine_id} ${model.target} ${model.model}`}
                model={model}
                currency={currency}
                nowMs={nowMs}
                isChosen={chosen.includes(model.run_id)}
                isFull={chosen.length >= MOST_COMPARED}
                onToggle={onToggle}
              />
            ))}
          </tbody>
        ))}
      </table>
    </section>
  );
}

interface ModelRowProps {
  readonly model: ListedModel;
  readonly currency: string | null;
  readonly nowMs: number;
  readonly isChosen: boolean;
  readonly isFull: boolean;
  readonly onToggle: (runId: string) => void;
}

function ModelRow({ model, currency, nowMs, isChosen, isFull, onToggle }: ModelRowProps) {
  const { target, quantisation, run_id: runId, run_at: at, regressions } = model;
  return (
    <tr>
      <th scope="row" class="what">
        <label class="choice">
          <input type="checkbox" checked={isChosen} disabled={isFull && !isChosen} onChange={() => onToggle(runId)} />
          <span>
            {shortModelName(model.model)} <span class="hint">on {target}</span>
            {regressions.length > 0 && <span class="worse"> worse than before</span>}
          </span>
        </label>
      </th>
      <td>{quantisation ?? '–'}</td>
      {rankedFigures.map((figure) => {
        const { text, note } = figureCell(model, figure, currency);
        return (
          <td key={figure.name} class="number">
            {text}
            {note !== '' && <span class="unit hint">{note}</span>}
          </td>
        );
      })}
      <td title={localTime(at)}>{relative(at, nowMs)}</td>
    </tr>
  );
}
