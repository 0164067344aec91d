/** All models on a terminal. */
import {
  modelColumns,
  modelListTitle,
  modelName,
  modelNotes,
  worseSentences,
} from '../../trends/measured/model-columns.js';
import type { ModelList } from '../../trends/measured/model-list.js';
import { cutMiddle, foldedTable, SCREEN_COLUMNS, wrapped } from './folded-table.js';

const LONGEST_NAME = 26;

/** No line is wider than `width`, except for a single word that is. */
export function modelsText(list: ModelList, width = SCREEN_COLUMNS): string {
  const columns = modelColumns(list);
  const name = modelName(list);
  const longestName = Math.max(LONGEST_NAME, width - SCREEN_COLUMNS);
  const table = foldedTable(
    {
      titles: ['#', 'Model', ...columns.map(({ title }) => title)],
      rows: list.models.map((model, index) => [
        String(index + 1),
        cutMiddle(name(model), longestName),
        ...columns.map(({ cell }) => cell(model)),
      ]),
      keys: 2,
    },
    width,
  );
  const worse = worseSentences(list);
  const notes = modelNotes(list);
  return [
    wrapped(modelListTitle(list), width, ''),
    table.join('\n'),
    ...(notes.length === 0 ? [] : [notes.map((note) => wrapped(note, width)).join('\n')]),
    ...(worse.length === 0 ? [] : [['Worse', ...worse.map((words) => wrapped(`• ${words}`, width))].join('\n')]),
  ].join('\n\n');
}
