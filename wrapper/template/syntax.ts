/** Owns the reading of templates: Jinja text → a tree of nodes. The tree is walked, never compiled: no text becomes code. */
import lexer from 'nunjucks/src/lexer.js';
import parser from 'nunjucks/src/parser.js';
import { TemplateProblem } from './problem.ts';

/** Lines and columns count from 0. */
interface Place {
  readonly lineno: number;
  readonly colno: number;
}

interface Typed<Name extends string> extends Place {
  readonly typename: Name;
}

export interface NodeList extends Typed<'NodeList' | 'Root'> {
  readonly children: readonly Node[];
}

interface List extends Typed<'Group' | 'Array' | 'Output'> {
  readonly children: readonly Node[];
}

export interface Pair extends Typed<'Pair'> {
  readonly key: Node;
  readonly value: Node;
}

export interface Pairs extends Typed<'Dict' | 'KeywordArgs'> {
  readonly children: readonly Pair[];
}

interface Literal extends Typed<'Literal' | 'TemplateData'> {
  readonly value: unknown;
}

export interface Name extends Typed<'Symbol'> {
  readonly value: string;
}

export interface Lookup extends Typed<'LookupVal'> {
  readonly target: Node;
  readonly val: Node;
}

export interface Call extends Typed<'FunCall'> {
  readonly name: Node;
  readonly args: NodeList;
}

export interface Filter extends Typed<'Filter'> {
  readonly name: Name;
  readonly args: NodeList;
}

export interface Binary
  extends Typed<'Add' | 'And' | 'Concat' | 'Div' | 'FloorDiv' | 'In' | 'Is' | 'Mod' | 'Mul' | 'Or' | 'Pow' | 'Sub'> {
  readonly left: Node;
  readonly right: Node;
}

interface Unary extends Typed<'Not' | 'Neg' | 'Pos'> {
  readonly target: Node;
}

export interface Compare extends Typed<'Compare'> {
  readonly expr: Node;
  readonly ops: readonly { readonly expr: Node; readonly type: string }[];
}

interface Choice extends Typed<'If' | 'InlineIf'> {
  readonly cond: Node;
  readonly body: Node;
  readonly else_: Node | null;
}

export interface Loop extends Typed<'For'> {
  readonly arr: Node;
  readonly name: Node;
  readonly body: Node;
  readonly else_: Node | null;
}

export interface Assignment extends Typed<'Set'> {
  readonly targets: readonly Node[];
  readonly value: Node | null;
  readonly body?: Node;
}

export interface Macro extends Typed<'Macro' | 'Caller'> {
  readonly name: Node;
  readonly args: NodeList;
  readonly body: Node;
}

export interface Block extends Typed<'Block'> {
  readonly name: Name;
  readonly body: Node;
}

interface Capture extends Typed<'Capture'> {
  readonly body: Node;
}

interface Extends extends Typed<'Extends'> {
  readonly template: Node;
}

export interface Include extends Typed<'Include'> {
  readonly template: Node;
  readonly ignoreMissing: boolean | null;
}

export interface Import extends Typed<'Import'> {
  readonly template: Node;
  readonly target: Node;
  readonly withContext: boolean | null;
}

export interface FromImport extends Typed<'FromImport'> {
  readonly template: Node;
  readonly names: { readonly children: readonly (Node | Pair)[] };
  readonly withContext: boolean | null;
}

export type Node =
  | NodeList
  | List
  | Pair
  | Pairs
  | Literal
  | Name
  | Lookup
  | Call
  | Filter
  | Binary
  | Unary
  | Compare
  | Choice
  | Loop
  | Assignment
  | Macro
  | Block
  | Capture
  | Extends
  | Include
  | Import
  | FromImport;

/** Throws a problem that names the file and, as well as it is known, the line. */
export function parseTemplate(source: string, file: string): NodeList {
  const tokens = lexer.lex(source);
  try {
    return new parser.Parser(tokens).parseAsRoot() as NodeList;
  } catch (cause) {
    const known = cause as { lineno?: number; colno?: number; message: string };
    const line = known.lineno ?? tokens.lineno + 1;
    throw new TemplateProblem(reasonOf(cause), { file, line, column: known.colno ?? 0, hint: HINT, cause });
  }
}

const HINT = 'check this place and what is open before it: tags, quotes and brackets';

/** The parser's own words, without the names of its functions; it stumbles over the end of the file. */
function reasonOf(cause: unknown): string {
  if (cause instanceof RangeError) return 'is nested too deeply';
  if (cause instanceof TypeError || !(cause instanceof Error)) return 'a tag is not closed';
  return cause.message
    .replace(/^parse[A-Za-z]+: /, '')
    .replace('expected variable end', 'expected }}')
    .replace(/expected block end in (\w+) statement/, 'expected %} at the end of "$1"');
}

/** How a person would write this expression, to name it in messages. */
export function describe(node: Node): string {
  if (node.typename === 'Symbol') return node.value;
  if (node.typename === 'LookupVal') return describe(node.target) + describeKey(node.val);
  if (node.typename === 'FunCall') return `${describe(node.name)}()`;
  if (node.typename === 'Literal') return JSON.stringify(node.value);
  const inner = node.typename === 'Filter' ? node.args.children[0] : undefined;
  return inner ? describe(inner) : 'the expression';
}

function describeKey(key: Node): string {
  const isName = key.typename === 'Literal' && typeof key.value === 'string' && /^\w+$/.test(key.value);
  return isName ? `.${key.value}` : `[${describe(key)}]`;
}
