/** What the names in a module of TypeScript stand for. */
import ts from 'typescript';

/** @typedef {{ readonly from: string, readonly name: string }} Imported `name`: as it is called there; `*` for all */

/** @typedef {{ readonly from: string, readonly name: string, readonly node: ts.Node }} HandedOn `from` is empty where the module itself has or imports it; `name`: `*` for all */

/**
 * What a module names of others or of itself otherwise than by an import of its name: all of a module, and what it
 * exports under another name or of another module.
 *
 * @param {ts.SourceFile} source
 * @returns {HandedOn[]}
 */
export function handedOnBy(source) {
  /** @type {HandedOn[]} */
  const handed = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      if (bindings !== undefined && ts.isNamespaceImport(bindings))
        handed.push({ from: pathOf(node), name: '*', node });
    } else if (ts.isExportDeclaration(node)) handed.push(...exportedBy(node));
    else if (ts.isExpression(node)) {
      const from = importedFrom(node);
      if (from !== undefined && !isTakenByName(node.parent)) handed.push({ from, name: '*', node });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return handed;
}

/** @param {ts.ExportDeclaration} node @returns {HandedOn[]} */
function exportedBy(node) {
  if (node.isTypeOnly) return [];
  const from = pathOf(node);
  const { exportClause } = node;
  if (exportClause === undefined || ts.isNamespaceExport(exportClause)) return [{ from, name: '*', node }];
  return exportClause.elements
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ name, propertyName }) => ({ from, name: (propertyName ?? name).text, node }));
}

/** @param {ts.ImportDeclaration | ts.ExportDeclaration} node */
function pathOf({ moduleSpecifier }) {
  return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
}

/** Of an import that comes later: by names, as `importsLater` knows them, or not at all. @param {ts.Node} node */
function isTakenByName(node) {
  if (!ts.isAwaitExpression(node)) return false;
  const taken = ts.isParenthesizedExpression(node.parent) ? node.parent.parent : node.parent;
  if (ts.isVariableDeclaration(taken)) return ts.isObjectBindingPattern(taken.name);
  return ts.isExpressionStatement(taken) || ts.isVoidExpression(taken);
}

/**
 * The values that a module imports, by the names that they have in it.
 *
 * @param {ts.SourceFile} source
 * @returns {Map<string, Imported>}
 */
export function importsOf({ statements }) {
  const imports = new Map();
  for (const { importClause, moduleSpecifier } of statements.filter(ts.isImportDeclaration)) {
    const bindings = importClause?.namedBindings;
    if (bindings === undefined || importClause?.isTypeOnly || !ts.isStringLiteral(moduleSpecifier)) continue;
    const from = moduleSpecifier.text;
    if (ts.isNamespaceImport(bindings)) imports.set(bindings.name.text, { from, name: '*' });
    else {
      for (const { name, propertyName, isTypeOnly } of bindings.elements) {
        if (!isTypeOnly) imports.set(name.text, { from, name: (propertyName ?? name).text });
      }
    }
  }
  return imports;
}

/**
 * The names by which `node` takes values, in their order; without `evenLater` those that it takes while it is evaluated
 * itself, and none of what a function in it takes once it is called.
 *
 * @param {ts.Node} node
 * @returns {ts.Identifier[]}
 */
export function valuesNamedIn(node, { evenLater = false } = {}) {
  /** @type {ts.Identifier[]} */
  const names = [];
  /** @param {ts.Node} inner */
  const visit = (inner) => {
    if (ts.isIdentifier(inner)) {
      if (takesValue(inner)) names.push(inner);
      return;
    }
    const isType = ts.isTypeNode(inner) && !ts.isExpressionWithTypeArguments(inner);
    if (isType || ts.isTypeAliasDeclaration(inner) || ts.isInterfaceDeclaration(inner)) return;
    if (ts.isImportDeclaration(inner) || ts.isExportDeclaration(inner)) return;
    if (!evenLater && ts.isFunctionLike(inner)) return;
    ts.forEachChild(inner, visit);
  };
  visit(node);
  return names;
}

/** Not where it is given to something, or names what belongs to something. @param {ts.Identifier} name */
function takesValue(name) {
  const { parent } = name;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === name;
  if ('label' in parent) return false;
  return !('name' in parent) || parent.name !== name;
}

/**
 * Where `name` has its value from; `undefined` where that is something of a function.
 *
 * @param {ts.Identifier} name
 * @param {ReadonlyMap<string, Imported>} imports of the whole module
 * @returns {Imported | undefined} `from` is empty where the module itself has it
 */
export function originOf({ text, parent }, imports) {
  /** @type {ts.Node} */
  let scope = parent;
  while (!ts.isSourceFile(scope)) {
    if (namesGivenBy(scope).includes(text)) return ts.isBlock(scope) ? importsLater(scope).get(text) : undefined;
    scope = scope.parent;
  }
  return imports.get(text) ?? { from: '', name: text };
}

/** By `const { name } = await import('…')`. @param {ts.Block} block @returns {Map<string, Imported>} */
function importsLater({ statements }) {
  const imports = new Map();
  for (const { declarationList } of statements.filter(ts.isVariableStatement)) {
    for (const { name: pattern, initializer } of declarationList.declarations) {
      if (initializer === undefined || !ts.isAwaitExpression(initializer)) continue;
      const from = importedFrom(initializer.expression);
      if (from === undefined || !ts.isObjectBindingPattern(pattern)) continue;
      for (const { name, propertyName } of pattern.elements) {
        if (ts.isIdentifier(name)) imports.set(name.text, { from, name: (propertyName ?? name).getText() });
      }
    }
  }
  return imports;
}

/** @param {ts.Expression} node */
function importedFrom(node) {
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return undefined;
  const [from] = node.arguments;
  return from !== undefined && ts.isStringLiteral(from) ? from.text : undefined;
}

/** @param {ts.Node} scope @returns {string[]} */
function namesGivenBy(scope) {
  if (ts.isFunctionLike(scope)) {
    const own = ts.isFunctionExpression(scope) && scope.name !== undefined ? [scope.name.text] : [];
    return [...own, ...scope.parameters.flatMap(({ name }) => namesOf(name))];
  }
  if (ts.isBlock(scope) || ts.isCaseOrDefaultClause(scope)) return scope.statements.flatMap(declaredBy);
  if (ts.isCaseBlock(scope)) return scope.clauses.flatMap(namesGivenBy);
  if (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) {
    const { initializer } = scope;
    return initializer !== undefined && ts.isVariableDeclarationList(initializer) ? listed(initializer) : [];
  }
  if (ts.isCatchClause(scope) && scope.variableDeclaration) return namesOf(scope.variableDeclaration.name);
  return [];
}

/** @param {ts.Statement} statement @returns {string[]} */
function declaredBy(statement) {
  if (ts.isVariableStatement(statement)) return listed(statement.declarationList);
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

/** @param {{ readonly declarations: readonly ts.VariableDeclaration[] }} list */
function listed({ declarations }) {
  return declarations.flatMap(({ name }) => namesOf(name));
}

/** @param {ts.BindingName} name @returns {string[]} */
function namesOf(name) {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));
}
