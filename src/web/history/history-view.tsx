import { useState } from 'preact/hooks';
import type { HistoryAnswer } from '../../api/routes/history.js';
import { count } from '../../shared/figure-text.js';
import { AgentButton } from '../agent/agent-button.js';
import { wordsOf } from '../agent/agent-client.js';
import type { PageSession } from '../agent/page-session.js';
import { useAnswer } from '../agent/use-answer.js';
import { offerFile } from '../ui/offer-file.js';
import { useAddress } from '../ui/use-address.js';
import { useCell } from '../ui/use-cell.js';
import { Filters, noFilter, wantedOf } from './history-filters.js';
import { HistoryTable } from './history-table.js';

const PAGE = 25;
// As many as the agent answers at once.
const MOST_SAVED = 10_000;

/** Every job there was with what its run measured, newest first, a page at a time. */
export function HistoryView({ session }: { readonly session: PageSession }) {
  const changes = useCell(session.changes);
  const { choices, choose } = useAddress();
  const wanted = wantedOf(choices);
  const filter = new URLSearchParams(wanted).toString();
  const page = pageOf(choices.get('page'));
  const asked = `history?${filter}&limit=${PAGE}&offset=${(page - 1) * PAGE}`;
  const { value, problem, isLoading } = useAnswer(() => session.client.get<HistoryAnswer>(asked), [asked, changes]);
  const total = value?.total ?? 0;
  const isFiltered = filter !== '';
  return (
    <section class="card" aria-labelledby="history-title">
      <div class="card-head">
        <h2 id="history-title">History</h2>
        {value !== undefined && total > 0 && <Saving session={session} filter={filter} />}
      </div>
      <Filters
        wanted={wanted}
        known={value ?? { targets: [], models: [] }}
        onChange={(name, choice) => choose({ [name]: choice, page: undefined })}
      />
      {value !== undefined && problem !== undefined && <p class="empty">{problem} What is shown is older.</p>}
      {value !== undefined && value.entries.length > 0 && (
        <HistoryTable entries={value.entries} isLoading={isLoading} />
      )}
      {value?.entries.length === 0 && (
        <p class="empty">
          {total > 0 && 'There is no such page. '}
          {total === 0 && (isFiltered ? 'No job is like that. ' : 'No run yet: press Run on the overview.')}
          {(isFiltered || total > 0) && (
            <button type="button" onClick={() => choose({ ...noFilter, page: undefined })}>
              Show all
            </button>
          )}
        </p>
      )}
      {value === undefined && <p class="empty">{problem ?? 'Loading…'}</p>}
      {total > PAGE && (
        <Pages page={page} total={total} onTurn={(next) => choose({ page: next === 1 ? undefined : String(next) })} />
      )}
    </section>
  );
}

function pageOf(text: string | null): number {
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}

interface PagesProps {
  readonly page: number;
  readonly total: number;
  readonly onTurn: (page: number) => void;
}

function Pages({ page, total, onTurn }: PagesProps) {
  const last = Math.ceil(total / PAGE);
  return (
    <nav class="pages" aria-label="Pages">
      <button type="button" aria-disabled={page <= 1} onClick={() => page > 1 && onTurn(page - 1)}>
        ← Newer
      </button>
      <span class="hint">
        Page {count(page)} of {count(last)}
      </span>
      <button type="button" aria-disabled={page >= last} onClick={() => page < last && onTurn(page + 1)}>
        Older →
      </button>
    </nav>
  );
}

const files = {
  CSV: { name: 'typhon-history.csv', mediaType: 'text/csv', format: 'csv' },
  JSON: { name: 'typhon-history.json', mediaType: 'application/json', format: 'json' },
} as const;

/** All that is like what is shown, not this page alone. */
function Saving({ session, filter }: { readonly session: PageSession; readonly filter: string }) {
  const [problem, setProblem] = useState<string>();
  const save = async ({ name, mediaType, format }: (typeof files)[keyof typeof files]) => {
    try {
      const text = await session.client.text(`history?${filter}&limit=${MOST_SAVED}&format=${format}`);
      offerFile(name, text, mediaType);
      setProblem(undefined);
    } catch (error) {
      setProblem(wordsOf(error));
    }
  };
  return (
    <div class="actions end">
      {problem !== undefined && (
        <span class="worse" role="alert">
          {problem}
        </span>
      )}
      {Object.entries(files).map(([words, file]) => (
        <AgentButton
          key={words}
          session={session}
          title={`Save all of these as ${words}`}
          onPress={() => void save(file)}
        >
          {words}
        </AgentButton>
      ))}
    </div>
  );
}
