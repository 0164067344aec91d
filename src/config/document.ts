/** A YAML file as plain data that still knows on which line everything stands. */
import { type Document, isAlias, isCollection, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.js';
import type { Path } from './path.js';
import { type Expansion, expandReferences, markReferences, unmarkedText } from './variable-reference.js';

export interface ConfigDocument {
  /** The data, with `${NAME}` expanded; `{}` for an empty file. */
  readonly value: unknown;
  /** Variables that are not set, and references in no known form; the text there stands as it was. */
  readonly problems: readonly DocumentProblem[];
  /** Line, from 1, of what stands at `path`; of the nearest thing around it where nothing does. */
  lineOf(path: Path): number | undefined;
}

export interface DocumentProblem {
  readonly path: Path;
  readonly expected: string;
  readonly got: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses YAML 1.2 and expands `${NAME}` in every text value, in the forms of compose files (`$${` stands for a plain
 * `${`); nothing where there is no environment.
 *
 * @throws ConfigError naming each syntax error with its line.
 */
export function parseConfigDocument(text: string, environment: Environment | undefined): ConfigDocument {
  const lines = new LineCounter();
  const written = environment === undefined ? text : markReferences(text);
  const document = parseDocument(written, { lineCounter: lines, prettyErrors: false });
  const syntax = [...document.errors, ...document.warnings].map(
    (error): ConfigProblem => ({
      path: '',
      line: lines.linePos(error.pos[0]).line,
      expected: 'valid YAML',
      got: error.message,
    }),
  );
  if (syntax.length > 0) throw new ConfigError('config_invalid', syntax);
  const lineOf = (path: Path) => lineAt(document, lines, path);
  const problems = environment === undefined ? [] : expandVariables(document, environment);
  return { value: plainData(document) ?? {}, problems, lineOf };
}

function plainData(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError('config_invalid', [{ path: '', line: undefined, expected: 'valid YAML', got }], { cause });
  }
}

function expandVariables(document: Document, environment: Environment): DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (typeof node.value !== 'string') return;
      const expansion: Expansion =
        key === 'key' ? { text: unmarkedText(node.value) } : expandReferences(node.value, environment);
      if ('problems' in expansion) {
        const path = pathOf([...ancestors, node]);
        problems.push(...expansion.problems.map((problem) => ({ path, ...problem })));
      }
      node.value = 'text' in expansion ? expansion.text : unmarkedText(node.value);
    },
  });
  return problems;
}

/** The path that leads down a chain of nodes as the visitor gives it: collections, the pairs in maps, the value. */
function pathOf(chain: readonly unknown[]): Path {
  const path: PropertyKey[] = [];
  chain.forEach((node, index) => {
    const next = chain[index + 1];
    if (!isCollection(node) || next === undefined) return;
    if (isMap(node)) {
      const pair = node.items.find((item) => item === next);
      path.push(isScalar(pair?.key) ? String(pair.key.value) : '?');
    } else path.push(node.items.indexOf(next));
  });
  return path;
}

function lineAt(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset = offsetOf(node);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) break;
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === step) : undefined;
    node = isMap(node) ? pair?.value : node.get(step, true);
    const found = offsetOf(pair?.key) ?? offsetOf(node);
    if (found === undefined) break;
    offset = found;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined;
}
