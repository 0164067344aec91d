/** Where the values of a configuration come from. */
import type { ConfigDocument } from '../document.js';
import { formatPath, type Path } from '../path.js';

export const sourceKinds = ['flag', 'environment', 'file', 'default'] as const;

export interface SettingSource {
  readonly kind: (typeof sourceKinds)[number];
  /** The flag, the variable, or the file with its line; `undefined` for a default. */
  readonly origin: string | undefined;
}

export interface GivenSource {
  readonly path: Path;
  readonly kind: 'flag' | 'environment';
  readonly origin: string;
}

export type SourceOf = (path: Path) => SettingSource;

export interface SourcesOptions {
  readonly given: readonly GivenSource[];
  readonly document: ConfigDocument | undefined;
  readonly file: string;
}

/** In the order in which they win: what a flag or a variable gives, the file, the default. */
export function sourcesOf({ given, document, file }: SourcesOptions): SourceOf {
  return (path) => {
    const outside = given.find((one) => formatPath(one.path) === formatPath(path));
    if (outside !== undefined) return { kind: outside.kind, origin: outside.origin };
    if (document === undefined || !isIn(document.value, path)) return { kind: 'default', origin: undefined };
    const line = document.lineOf(path);
    return { kind: 'file', origin: line === undefined ? file : `${file}:${line}` };
  };
}

function isIn(value: unknown, [step, ...rest]: Path): boolean {
  if (step === undefined) return value !== undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
  return isIn((value as Readonly<Record<PropertyKey, unknown>>)[step], rest);
}
