/**
 * Has the program make its schemas when they are first asked for: there are some three thousand, of which a start needs
 * few. In what is bundled, a constant of a module whose value is made with zod becomes a function that makes it once, and
 * whatever names the constant calls that. Such a value must depend on nothing that changes.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import ts from 'typescript';
import { handedOnBy, importsOf, originOf, valuesNamedIn } from './module-names.mjs';

/** @typedef {{ readonly at: number, readonly end: number, readonly text: string }} Edit */
/**
 * @typedef {object} Module
 * @property {ts.SourceFile} source
 * @property {ReadonlyMap<string, import('./module-names.mjs').Imported>} imports
 * @property {readonly ts.VariableDeclaration[]} constants
 * @property {Set<string>} deferred constants whose value is made with zod
 * @property {Set<string>} makers functions that answer what zod makes
 */

/**
 * @param {string} folder of the sources that it is about
 * @returns {import('esbuild').Plugin}
 */
export function deferredSchemas(folder) {
  const root = `${resolve(folder)}${sep}`;
  /** @type {Map<string, Module>} */
  const modules = new Map();
  return {
    name: 'deferred-schemas',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        path.startsWith(root) ? { contents: deferred(path, modules), loader: 'ts' } : undefined,
      );
    },
  };
}

/**
 * @param {string} file
 * @param {Map<string, Module>} modules
 */
function deferred(file, modules) {
  const module = moduleOf(file, modules);
  for (const handed of handedOnBy(module.source)) refuse(handed, module, modules);
  const edits = module.constants.filter(({ name }) => module.deferred.has(name.getText())).flatMap(asFunction);
  for (const name of valuesNamedIn(module.source, { evenLater: true })) {
    if (kindOf(name, module, modules) === 'deferred') edits.push(asCall(name));
  }
  return edited(module.source.text, edits);
}

/**
 * @param {string} file
 * @param {Map<string, Module>} modules
 * @returns {Module}
 */
function moduleOf(file, modules) {
  const known = modules.get(file);
  if (known !== undefined) return known;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const constants = source.statements.filter(ts.isVariableStatement).flatMap(constantsOf);
  const module = { source, imports: importsOf(source), constants, deferred: new Set(), makers: new Set() };
  modules.set(file, module);
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name !== undefined) {
      if (answersSchema(statement, module, modules)) module.makers.add(statement.name.text);
    }
  }
  // In their order: a constant takes what stands above it.
  for (const { name, initializer } of constants) {
    if (!ts.isIdentifier(name) || initializer === undefined) continue;
    if (ts.isArrowFunction(initializer)) {
      if (answersSchema(initializer, module, modules)) module.makers.add(name.text);
    } else if (valuesNamedIn(initializer).some((named) => kindOf(named, module, modules) !== undefined)) {
      module.deferred.add(name.text);
    }
  }
  return module;
}

/** @param {ts.VariableStatement} statement */
function constantsOf({ declarationList }) {
  return declarationList.flags & ts.NodeFlags.Const ? [...declarationList.declarations] : [];
}

/**
 * @param {ts.FunctionDeclaration | ts.ArrowFunction} made
 * @param {Module} module
 * @param {Map<string, Module>} modules
 */
function answersSchema({ body }, module, modules) {
  if (body === undefined) return false;
  const answers = ts.isBlock(body)
    ? body.statements.filter(ts.isReturnStatement).flatMap(({ expression }) => expression ?? [])
    : [body];
  return answers.some((answer) => {
    let root = answer;
    while (ts.isCallExpression(root) || ts.isPropertyAccessExpression(root)) root = root.expression;
    return ts.isIdentifier(root) && root !== answer && kindOf(root, module, modules) !== undefined;
  });
}

/**
 * What a name of a value stands for here; `undefined` where that has nothing to do with schemas.
 *
 * @param {ts.Identifier} name
 * @param {Module} module
 * @param {Map<string, Module>} modules
 * @returns {'zod' | 'deferred' | 'maker' | undefined}
 */
function kindOf(name, module, modules) {
  const origin = originOf(name, module.imports);
  if (origin === undefined) return undefined;
  if (origin.from === 'zod') return 'zod';
  if (origin.from === '') return kindIn(module, origin.name);
  if (!origin.from.startsWith('.')) return undefined;
  return kindIn(moduleFrom(module.source, origin.from, modules), origin.name);
}

/**
 * @param {ts.SourceFile} source that imports it
 * @param {string} from path as it stands there, empty of the module itself
 * @param {Map<string, Module>} modules
 */
function moduleFrom({ fileName }, from, modules) {
  return moduleOf(from === '' ? fileName : resolve(dirname(fileName), from.replace(/\.js$/, '.ts')), modules);
}

/**
 * @param {Module} module
 * @param {string} name
 */
function kindIn({ deferred, makers }, name) {
  if (deferred.has(name)) return 'deferred';
  return makers.has(name) ? 'maker' : undefined;
}

/**
 * What is named otherwise than by an import of its name would be taken for the schema, and is a function.
 *
 * @param {import('./module-names.mjs').HandedOn} handed
 * @param {Module} module
 * @param {Map<string, Module>} modules
 */
function refuse({ from, name, node }, { source, imports }, modules) {
  const origin = from === '' ? imports.get(name) : { from, name };
  if (origin !== undefined && !origin.from.startsWith('.')) return;
  const { deferred } = moduleFrom(source, origin?.from ?? '', modules);
  const lost = origin?.name === '*' ? deferred.size > 0 : deferred.has(origin?.name ?? name);
  if (!lost) return;
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  const where = `${source.fileName}:${line + 1}`;
  throw new Error(
    `${where}: a schema is imported by its own name from where it is made, expected no ${node.getText()}`,
  );
}

/**
 * `export const made = …;` as a function of that name, so that imports and exports of it stay as they are.
 *
 * @param {ts.VariableDeclaration} constant
 * @returns {Edit[]}
 */
function asFunction({ name, initializer, parent: list }) {
  const statement = list.parent;
  if (!ts.isVariableStatement(statement) || statement.declarationList.declarations.length > 1) {
    throw new Error(`${name.getText()} needs a statement of its own: its value is made with zod`);
  }
  if (initializer === undefined) return [];
  const word = list.getFirstToken()?.getStart() ?? list.getStart();
  const made = `${name.getText()}$`;
  return [
    { at: word, end: initializer.getStart(), text: `function ${name.getText()}() { return (${made} ??= ` },
    { at: initializer.getEnd(), end: statement.getEnd(), text: `); } var ${made};` },
  ];
}

/** @param {ts.Identifier} name @returns {Edit} */
function asCall(name) {
  const call = `${name.text}()`;
  const text = ts.isShorthandPropertyAssignment(name.parent) ? `${name.text}: ${call}` : call;
  return { at: name.getStart(), end: name.getEnd(), text };
}

/**
 * @param {string} text
 * @param {readonly Edit[]} edits none over another
 */
function edited(text, edits) {
  let result = '';
  let from = 0;
  for (const { at, end, text: instead } of edits.toSorted((a, b) => a.at - b.at)) {
    result += text.slice(from, at) + instead;
    from = end;
  }
  return result + text.slice(from);
}
