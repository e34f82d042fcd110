/** Owns finding the functions of a job in its file, as the shim finds them when it runs. */
import type { CallExpression, Expression, Node, Type, TypeChecker, Symbol as TypeSymbol } from 'typescript';
import { ts } from './compiler.ts';
import { isVisible, resolved } from './type-nodes.ts';

/** A function that may be called through an endpoint. */
export interface JobFunction {
  readonly name: string;
  /** What its comment is looked for at, beside the function itself. */
  readonly symbol: TypeSymbol | undefined;
  readonly type: Type;
}

export interface JobFunctions {
  /** The class, object, function or module that is the job. */
  readonly symbol: TypeSymbol | undefined;
  readonly members: readonly JobFunction[];
  /** Named by their paths, with a leading slash. */
  readonly endpoints: readonly JobFunction[];
}

/** Members that make an object or a module a job by themselves. */
const SERVING = ['perform', 'auxiliaryEndpoints', 'staticEndpoints', 'webviewApp'];
/** Functions that the wrapper calls itself. */
const HOOKS = new Set([
  'docsInputExample',
  'docsInputExamples',
  'auxiliaryEndpoints',
  'staticEndpoints',
  'webviewApp',
  'metrics',
  'shutdown',
]);
/** Functions of the package that return what they are given, with its types widened. */
const WRAPPERS = new Set(['defineJob', 'endpoint']);

/** The functions of the job that a file exports; `exportName` says which export is meant. */
export function findFunctions(checker: TypeChecker, file: TypeSymbol, exportName: string | undefined): JobFunctions {
  const exports = checker.getExportsOfModule(file);
  const main = exports.find(({ name }) => name === 'default') ?? file.exports?.get(ts.InternalSymbolName.ExportEquals);
  const chosen = chooseJob(checker, { file, exports, main }, exportName);
  const own = chosen === undefined ? [] : membersOf(checker, chosen, { file, exports });
  const known = new Set(own.map(({ name }) => name));
  const others = exports
    .filter((symbol) => symbol !== main && !known.has(symbol.name))
    .map((symbol) => memberOf(checker, symbol));
  return {
    symbol: chosen,
    members: [...own, ...others].filter(({ name, type }) => !HOOKS.has(name) && type.getCallSignatures().length > 0),
    endpoints: endpointsOf(checker, own).map((each) => ({ ...each, name: rooted(each.name) })),
  };
}

const rooted = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

interface Module {
  readonly file: TypeSymbol;
  readonly exports: readonly TypeSymbol[];
}

function chooseJob(
  checker: TypeChecker,
  { file, exports, main }: Module & { main: TypeSymbol | undefined },
  exportName: string | undefined,
): TypeSymbol | undefined {
  const mainType = main && typeOf(checker, main);
  if (exportName !== undefined) {
    return exports.find(({ name }) => name === exportName) ?? mainType?.getProperty(exportName) ?? main;
  }
  if (mainType && (isCallable(mainType) || serves(checker.getPropertiesOfType(mainType)))) return main;
  if (serves(exports)) return file;
  const callable = exports.filter((symbol) => isCallable(typeOf(checker, symbol)));
  const classes = callable.filter((symbol) => instanceOf(typeOf(checker, symbol)) !== undefined);
  return classes[0] ?? callable[0];
}

const serves = (symbols: readonly TypeSymbol[]): boolean => symbols.some(({ name }) => SERVING.includes(name));

const isCallable = (type: Type): boolean => type.getCallSignatures().length + type.getConstructSignatures().length > 0;

const instanceOf = (type: Type): Type | undefined => type.getConstructSignatures()[0]?.getReturnType();

/** A function brings the exports beside it as its members. */
function membersOf(checker: TypeChecker, job: TypeSymbol, { file, exports }: Module): JobFunction[] {
  if (job === file) return exports.map((symbol) => memberOf(checker, symbol));
  const type = typeOf(checker, job);
  const instance = instanceOf(type) ?? type;
  if (instance.getCallSignatures().length > 0) {
    const beside = exports.filter(({ name }) => name !== 'perform').map((symbol) => memberOf(checker, symbol));
    return [{ name: 'perform', symbol: resolved(job, checker), type: instance }, ...beside];
  }
  return checker
    .getPropertiesOfType(instance)
    .filter(isVisible)
    .map((symbol) => memberOf(checker, symbol));
}

function memberOf(checker: TypeChecker, symbol: TypeSymbol): JobFunction {
  return { name: symbol.name, symbol, type: typeOf(checker, symbol) };
}

/** The type of a symbol's value; of one made by our own functions, that of what they were given. */
function typeOf(checker: TypeChecker, symbol: TypeSymbol): Type {
  const target = resolved(symbol, checker) ?? symbol;
  const declaration = target.valueDeclaration ?? target.declarations?.[0];
  const value = declaration && givenValue(declaration);
  return value === undefined ? checker.getTypeOfSymbol(target) : checker.getTypeAtLocation(value);
}

function givenValue(declaration: Node): Expression | undefined {
  const value = ts.isExportAssignment(declaration)
    ? declaration.expression
    : (declaration as { initializer?: Expression }).initializer;
  return value !== undefined && isWrapped(value) ? value.arguments[0] : undefined;
}

function isWrapped(value: Expression): value is CallExpression {
  return ts.isCallExpression(value) && ts.isIdentifier(value.expression) && WRAPPERS.has(value.expression.text);
}

/** What `auxiliaryEndpoints` holds or returns. */
function endpointsOf(checker: TypeChecker, members: readonly JobFunction[]): JobFunction[] {
  const declared = members.find(({ name }) => name === 'auxiliaryEndpoints');
  if (declared === undefined) return [];
  const [signature] = declared.type.getCallSignatures();
  if (signature === undefined) return handlersOf(checker, declared.type);
  const values = signature.declaration === undefined ? [] : returnedValues(signature.declaration);
  if (values.length === 0) return handlersOf(checker, awaited(checker, signature.getReturnType()));
  return values.flatMap(
    (value) => mapEntries(checker, value) ?? handlersOf(checker, awaited(checker, checker.getTypeAtLocation(value))),
  );
}

const awaited = (checker: TypeChecker, type: Type): Type => checker.getAwaitedType(type) ?? type;

function handlersOf(checker: TypeChecker, type: Type): JobFunction[] {
  return checker.getPropertiesOfType(type).flatMap((symbol) => handler(checker, memberOf(checker, symbol)) ?? []);
}

/** A handler alone, or in an object with its options. */
function handler(checker: TypeChecker, { name, symbol, type }: JobFunction): JobFunction | undefined {
  if (type.getCallSignatures().length > 0) return { name, symbol, type };
  const inside = type.getProperty('handler');
  return inside && { name, symbol: inside, type: typeOf(checker, inside) };
}

/** The values that a function's own text returns. */
function returnedValues(declaration: Node): Expression[] {
  const { body } = declaration as { body?: Node };
  if (body === undefined) return [];
  if (!ts.isBlock(body)) return [bare(body as Expression)];
  const values: Expression[] = [];
  const visit = (node: Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) values.push(bare(node.expression));
    if (!ts.isFunctionLike(node) && !ts.isClassLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return values;
}

function bare(value: Expression): Expression {
  const wrapped = ts.isParenthesizedExpression(value) || ts.isAsExpression(value) || ts.isSatisfiesExpression(value);
  return wrapped ? bare(value.expression) : value;
}

/** The handlers in `new Map([['/path', handler], …])`. */
function mapEntries(checker: TypeChecker, value: Expression): JobFunction[] | undefined {
  if (!ts.isNewExpression(value) || value.expression.getText() !== 'Map') return undefined;
  const [list] = value.arguments ?? [];
  const rows = list !== undefined && ts.isArrayLiteralExpression(list) ? list.elements : [];
  return rows.flatMap((row) => {
    const [path, found] = ts.isArrayLiteralExpression(row) ? row.elements : [];
    if (path === undefined || found === undefined || !ts.isStringLiteralLike(path)) return [];
    return handler(checker, { name: path.text, symbol: undefined, type: checker.getTypeAtLocation(found) }) ?? [];
  });
}
