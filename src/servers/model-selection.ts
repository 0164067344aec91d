/** Which models of a server a target means. */
import type { ServedModel } from '../benchmark/inference-server.js';

/** `auto`: one that is loaded; `all`: each that the server lists; or names, in which `*` stands for any characters. */
export type ModelSelection = 'auto' | 'all' | readonly string[];

/** `never`: only what is loaded is measured; `if_free`: loads where nothing is in the way; `always`: pushes out and puts back. */
export type LoadPolicy = 'never' | 'if_free' | 'always';

/** What somebody means who gives these names, by hand. */
export function selectionOf(names: readonly string[]): ModelSelection {
  const [first, ...others] = names;
  return others.length === 0 && (first === 'auto' || first === 'all') ? first : names;
}

export function isPattern(name: string): boolean {
  return name.includes('*');
}

function matches(pattern: string, id: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(id);
}

/** The listed model of a name; Ollama's names carry a tag that people leave out. */
function listedAs(name: string, models: readonly ServedModel[]): ServedModel | undefined {
  return models.find(({ id }) => id === name) ?? models.find(({ id }) => id === `${name}:latest`);
}

/** The listed models that one name or pattern means, those of a pattern by name: a server's order may be that of their use. */
function meantBy(name: string, models: readonly ServedModel[]): readonly string[] {
  if (!isPattern(name)) return [listedAs(name, models)?.id ?? []].flat();
  return models
    .map(({ id }) => id)
    .filter((id) => matches(name, id))
    .toSorted();
}

/** Ids in the order in which they are to be measured, each once; a name that the server does not list stays as it is. */
export function selectedModels(
  selection: 'all' | readonly string[],
  models: readonly ServedModel[],
): readonly string[] {
  if (selection === 'all') return models.map(({ id }) => id).toSorted();
  const meant = selection.map((name) => ({ name, ids: meantBy(name, models) }));
  return [...new Set(meant.flatMap(({ name, ids }) => (ids.length === 0 ? [name] : ids)))];
}

/** Whether the selection means this model, by what it says and not by what is loaded. */
export function covers(selection: ModelSelection, id: string): boolean {
  if (selection === 'auto') return false;
  return selection === 'all' || selection.some((name) => matches(name, id) || `${name}:latest` === id);
}

const MOST_NEAR = 3;

/** Those of `known` that `name` may have been meant for, the nearest first. */
export function nearNames(name: string, known: readonly string[]): readonly string[] {
  const wanted = plain(name);
  return known
    .map((candidate) => ({ candidate, apart: distance(wanted, plain(candidate)) }))
    .filter(({ candidate, apart }) => {
      const met = plain(candidate);
      const isPart = wanted.length > 2 && met.length > 2 && (met.includes(wanted) || wanted.includes(met));
      return isPart || apart <= Math.min(wanted.length, met.length) / 3;
    })
    .sort((a, b) => a.apart - b.apart || a.candidate.localeCompare(b.candidate))
    .slice(0, MOST_NEAR)
    .map(({ candidate }) => candidate);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\*/g, '');
}

/** Levenshtein's: letters to add, take away or replace. */
function distance(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const next = [row + 1];
    for (const [column, second] of [...other].entries()) {
      const replaced = (before[column] ?? 0) + Number(letter !== second);
      next.push(Math.min(replaced, (before[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    before = next;
  }
  return before[other.length] ?? 0;
}
