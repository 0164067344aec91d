import type { HistoryAnswer } from '../../api/routes/history.js';
import { findingWords } from './finding-words.js';

interface Filter {
  readonly name: string;
  readonly label: string;
  readonly values: (known: Known) => readonly string[];
  readonly words?: Readonly<Record<string, string>>;
}

type Known = Pick<HistoryAnswer, 'targets' | 'models'>;

const filters = [
  { name: 'target', label: 'Target', values: ({ targets }) => targets },
  { name: 'model', label: 'Model', values: ({ models }) => models },
  {
    name: 'status',
    label: 'Status',
    values: () => ['done', 'error', 'cancelled', 'interrupted', 'running', 'pending', 'paused'],
    words: { pending: 'waiting' },
  },
  { name: 'finding', label: 'Found', values: () => Object.keys(findingWords), words: findingWords },
  { name: 'mode', label: 'Mode', values: () => ['quick', 'full', 'zeus'] },
  {
    name: 'trigger',
    label: 'Started by',
    values: () => ['schedule', 'api', 'cli'],
    words: { schedule: 'a schedule', api: 'the page or the API', cli: 'typhon run' },
  },
] as const satisfies readonly Filter[];

export type FilterName = (typeof filters)[number]['name'];
export type Wanted = Partial<Record<FilterName, string>>;

/** What an address says is wanted; whether there is such a thing, the agent says. */
export function wantedOf(choices: URLSearchParams): Wanted {
  const given = filters.flatMap(({ name }) => {
    const value = choices.get(name);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

export const noFilter: Readonly<Record<FilterName, undefined>> = {
  target: undefined,
  model: undefined,
  status: undefined,
  finding: undefined,
  mode: undefined,
  trigger: undefined,
};

interface FiltersProps {
  readonly wanted: Wanted;
  readonly known: Known;
  readonly onChange: (name: FilterName, value: string) => void;
}

export function Filters({ wanted, known, onChange }: FiltersProps) {
  return (
    <div class="filters">
      {filters.map((filter: Filter & { readonly name: FilterName }) => (
        <FilterChoice
          key={filter.name}
          filter={filter}
          value={wanted[filter.name] ?? ''}
          values={filter.values(known)}
          onChange={(value) => onChange(filter.name, value)}
        />
      ))}
    </div>
  );
}

interface FilterChoiceProps {
  readonly filter: Filter;
  readonly value: string;
  readonly values: readonly string[];
  readonly onChange: (value: string) => void;
}

function FilterChoice({ filter: { label, words }, value, values, onChange }: FilterChoiceProps) {
  // What the address names stays to be seen, though there may be no such thing any more.
  const all = value === '' || values.includes(value) ? values : [...values, value];
  return (
    <label class="filter">
      {label}
      <select aria-label={label} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">any</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {words?.[one] ?? one}
          </option>
        ))}
      </select>
    </label>
  );
}
