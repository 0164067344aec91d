/** All models as Markdown, for an issue or a wiki. */
import { markdownList, markdownTable, markdownText } from '../../shared/text/markdown.js';
import { modelColumns, modelListTitle, modelName, modelNotes, worseSentences } from './model-columns.js';
import type { ModelList } from './model-list.js';

export function modelsMarkdown(list: ModelList): string {
  const columns = modelColumns(list);
  const name = modelName(list);
  const rows = list.models.map((model) => [name(model), ...columns.map(({ cell }) => cell(model))].map(markdownText));
  const worse = worseSentences(list);
  const notes = modelNotes(list);
  return [
    '# Models',
    markdownText(modelListTitle(list)),
    markdownTable(['Model', ...columns.map(({ title }) => markdownText(title))], rows),
    ...(notes.length === 0 ? [] : [markdownList(notes)]),
    ...(worse.length === 0 ? [] : ['## Worse', markdownList(worse)]),
  ].join('\n\n');
}
