/** A YAML file as plain data that still knows on which line everything stands. */
import { type Document, isAlias, isCollection, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { formatPath, type Path } from './path.js';

export interface ConfigDocument {
  /** The data, with `${ENV_VAR}` expanded; `{}` for an empty file. */
  readonly value: unknown;
  /** Line, from 1, of what stands at `path`; of the nearest thing around it where nothing does. */
  lineOf(path: Path): number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses YAML 1.2 and expands `${ENV_VAR}` in every text value (`$${` stands for a plain `${`).
 *
 * @throws ConfigError naming each syntax error and each variable that is not set, with its line.
 */
export function parseConfigDocument(text: string, environment: Environment): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(withMarkedVariables(text), { lineCounter: lines, prettyErrors: false });
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
  const missing = expandVariables(document, environment).map(
    ({ path, variable }): ConfigProblem => ({
      path: formatPath(path),
      line: lineOf(path),
      expected: `the environment variable ${variable} to be set`,
      got: 'no such variable',
    }),
  );
  if (missing.length > 0) throw new ConfigError('config_invalid', missing);
  return { value: plainData(document) ?? {}, lineOf };
}

function plainData(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError('config_invalid', [{ path: '', line: undefined, expected: 'valid YAML', got }], { cause });
  }
}

// In a flow mapping, { key: ${NAME} }, YAML would take the braces for its own. So while it is parsed they stand as
// two characters of the private use area, one for one, which leaves every position as it is.
function withMarkedVariables(text: string): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_match, variable: string) => `$\uE000${variable}\uE001`);
}

const variablePattern = /(\$?)\$\uE000([A-Za-z0-9_]+)\uE001/g;

function expandVariables(document: Document, environment: Environment): { path: Path; variable: string }[] {
  const missing: { path: Path; variable: string }[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (typeof node.value !== 'string') return;
      node.value = node.value.replace(variablePattern, (_match, dollar: string, variable: string) => {
        if (key === 'key') return `${dollar}\${${variable}}`;
        if (dollar !== '') return `\${${variable}}`;
        const value = environment[variable];
        if (value === undefined) missing.push({ path: pathOf([...ancestors, node]), variable });
        return value ?? '';
      });
    },
  });
  return missing;
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
