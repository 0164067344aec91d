/** The table of all models, the same on a terminal, as Markdown and as CSV. */
import { amount, change, count, figureText, latency, memory, speed, UNKNOWN } from '../../shared/figure-text.js';
import { shortModelName } from '../../shared/model-name.js';
import { testName } from '../../shared/test-name.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/units.js';
import type { ListedModel, ModelFigures, ModelList } from './model-list.js';
import { marked as markedText, OLD_MARK, OLD_NOTE, workloadNote } from './standing.js';

export interface ModelColumn {
  readonly title: string;
  readonly cell: (model: ListedModel) => string;
}

const MACHINE_MARK = '‡';

/** The model's name, marked where it was measured elsewhere. */
export function modelName(list: ModelList): (model: ListedModel) => string {
  const isForeign = foreignIn(list);
  return (model) => `${shortModelName(model.model)}${isForeign(model) ? MACHINE_MARK : ''}`;
}

function hasSeveralTargets({ models }: ModelList): boolean {
  return new Set(models.map(({ target }) => target)).size > 1;
}

/** Of a storage path that moved with its disk: the machine measured last is this one. */
function foreignIn({ models }: ModelList): (model: ListedModel) => boolean {
  const newest = models.reduce<ListedModel | undefined>(
    (last, model) => (last === undefined || last.run_at < model.run_at ? model : last),
    undefined,
  );
  return ({ machine_id }) => machine_id !== newest?.machine_id;
}

/** Those that any of the models has a figure for, without the name. */
export function modelColumns(list: ModelList): readonly ModelColumn[] {
  const { models, generated_at } = list;
  const sizes = [...new Set(models.flatMap(({ contexts }) => contexts.map(({ ctx_size }) => ctx_size)))];
  const now = Date.parse(generated_at);
  const context = (model: ListedModel, size: number) => model.contexts.find(({ ctx_size }) => ctx_size === size);
  const columns: readonly ModelColumn[] = [
    { title: 'Target', cell: ({ target }) => (hasSeveralTargets(list) ? target : UNKNOWN) },
    { title: 'Stored as', cell: ({ quantisation }) => quantisation ?? UNKNOWN },
    { title: 'Decode', cell: ({ short }) => marked(speed(short?.decode_tps), short) },
    ...sizes
      .sort((a, b) => a - b)
      .map((size) => ({
        title: `at ${shortSize(size)}`,
        cell: (model: ListedModel) => marked(speed(context(model, size)?.decode_tps), context(model, size)),
      })),
    { title: 'Prefill', cell: ({ contexts: [first] }) => marked(speed(first?.prefill_tps), first) },
    { title: 'TTFT', cell: ({ short }) => marked(latency(short?.ttft_s), short) },
    { title: 'VRAM', cell: ({ peak_vram_mb }) => memory(peak_vram_mb) },
    { title: 'J/token', cell: ({ short }) => marked(figureText(short?.joules_per_token, 'J'), short) },
    {
      title: `${list.currency ?? 'Cost'}/1M`,
      cell: ({ short }) => marked(amount(short?.cost_per_million_tokens), short),
    },
    { title: 'g CO₂/1M', cell: ({ short }) => marked(amount(short?.grams_co2_per_million_tokens), short) },
    { title: 'Load', cell: ({ model_load }) => latency(model_load?.seconds) },
    { title: 'Measured', cell: (model) => `${age(now - Date.parse(model.run_at))}${model.is_old ? OLD_MARK : ''}` },
    { title: 'State', cell: ({ state }) => (state === 'unknown' ? UNKNOWN : state) },
  ];
  return columns.filter(({ cell }) => models.some((model) => cell(model) !== UNKNOWN));
}

function marked(text: string, figures: ModelFigures | null | undefined): string {
  return text === UNKNOWN || figures === null || figures === undefined ? text : markedText(text, figures);
}

/** `8k` of 8192. */
function shortSize(tokens: number): string {
  return tokens % 1024 === 0 ? `${tokens / 1024}k` : count(tokens);
}

/** `5 min`, `3 h`, `12 d` ago. */
function age(elapsedMs: number): string {
  if (elapsedMs < HOUR_MS) return `${Math.max(0, Math.round(elapsedMs / MINUTE_MS))} min`;
  if (elapsedMs < 2 * DAY_MS) return `${Math.round(elapsedMs / HOUR_MS)} h`;
  return `${Math.round(elapsedMs / DAY_MS)} d`;
}

const orderNames: Readonly<Record<ModelList['sorted_by'], string>> = {
  decode: 'decode speed at the short prompt',
  prefill: 'prefill speed at the smallest context',
  ttft: 'time to first token at the short prompt',
  vram: 'peak VRAM',
  energy: 'energy per token at the short prompt',
  load: 'time to load',
};

export function modelListTitle({ sorted_by }: ModelList): string {
  return `Models by ${orderNames[sorted_by]}. Speeds in tokens/s of one stream.`;
}

/** What the marks mean that stand in the table. */
export function modelNotes(list: ModelList): string[] {
  const { models, workload_version: version } = list;
  const shown = models.flatMap(({ short, contexts }) => [...(short === null ? [] : [short]), ...contexts]);
  const isOld = models.some(({ is_old }) => is_old) || shown.some(({ is_old }) => is_old);
  const others = shown.filter(({ is_other_workload }) => is_other_workload).map((one) => one.workload_version);
  const notes: string[] = [];
  if (isOld) notes.push(OLD_NOTE);
  if (others.length > 0) notes.push(workloadNote(others, version));
  if (models.some(foreignIn(list))) notes.push(`${MACHINE_MARK} measured on another machine`);
  return notes;
}

/** A sentence for each signal of each model that got worse. */
export function worseSentences(list: ModelList): string[] {
  const name = modelName(list);
  const isNamed = hasSeveralTargets(list);
  return list.models.flatMap((model) =>
    model.regressions.map(
      ({ test_id, label, change_ratio, since }) =>
        `${name(model)}${isNamed ? `@${model.target}` : ''}: ${testName(test_id)}: ${label} ${change(change_ratio)} since ${since}.`,
    ),
  );
}
