/** Owns the reading of YAML text into plain values whose places in the text stay known. Built to survive hostile text. */
import {
  Composer,
  type CST,
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type Tags,
} from 'yaml';
import { ManifestError, type Path, type Places, type Position } from './finding.ts';

/** Far above any manifest; the parser needs seconds for a megabyte of hostile text. */
export const MANIFEST_SIZE_LIMIT = 256 * 1024;
const DEPTH_LIMIT = 100;
const ALIAS_LIMIT = 100;
const DIRECTIVE_LIMIT = 10;

/** Values that are neither plain data nor needed in a manifest: their text is kept instead. */
const UNUSED_TAGS = ['binary', 'omap', 'pairs', 'set', 'timestamp'].map((name) => `tag:yaml.org,2002:${name}`);

export interface YamlDocument {
  /** The top level; null when the text is empty. */
  readonly value: unknown;
  readonly places: Places;
  /** Keys given twice, keys that are no text, tags that mean nothing here. */
  readonly oddities: readonly { readonly message: string; readonly position: Position }[];
}

/** Reads with the rules of YAML 1.1, as Python's readers do: an unquoted `no` is a boolean. */
export function parseYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (text.length > MANIFEST_SIZE_LIMIT) {
    throw new ManifestError(
      'the text is larger than 256 KiB',
      { file, line: 0, column: 0 },
      { hint: 'a manifest describes a job; keep data in files of their own' },
    );
  }
  const document = compose(text, lines, position);
  const value = toPlain(document, position);
  const oddities = [
    ...document.warnings.map((warning) => ({
      message: firstLine(warning.message),
      position: position(warning.pos[0]),
    })),
    ...findOddKeys(document.contents, position),
    ...dropPrototypeKeys(value).map((message) => ({ message, position: position(0) })),
  ];
  return { value, places: createPlaces(document.contents, position), oddities };
}

/** Hostile text is given up as soon as it shows: composing it to the end takes time without bounds. */
function compose(text: string, lines: LineCounter, position: (offset: number) => Position): Document.Parsed {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  // Looking for double keys costs the square of their number: it is done below, in one pass.
  const composer = new Composer({
    version: '1.1',
    uniqueKeys: false,
    logLevel: 'silent',
    customTags: (tags) => tags.flatMap(adaptTag),
  });
  const documents: Document.Parsed[] = [];
  const take = (token: CST.Token): void => {
    if (token.type === 'error') throw unreadable(token.message, position(token.offset));
    documents.push(...(composer.next(token) as Iterable<Document.Parsed>));
    // A document is handed over when the next one begins.
    if (documents.length > 0) throw tooMany('documents', 1, position(token.offset));
  };
  let aliases = 0;
  let directives = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) take(token);
    if (lexeme.startsWith('*')) aliases += 1;
    if (aliases > ALIAS_LIMIT) throw tooMany('aliases (*name)', ALIAS_LIMIT, position(parser.offset));
    if (lexeme.startsWith('%')) directives += 1;
    if (directives > DIRECTIVE_LIMIT) throw tooMany('directives (%)', DIRECTIVE_LIMIT, position(parser.offset));
    if (parser.stack.length > DEPTH_LIMIT) throw tooMany('levels', DEPTH_LIMIT, position(parser.offset));
  }
  for (const token of parser.end()) take(token);
  documents.push(...(composer.end(true, text.length) as Iterable<Document.Parsed>));
  return onlyReadable(documents, position);
}

const tooMany = (what: string, limit: number, position: Position): ManifestError =>
  new ManifestError(`holds more than ${limit} ${what}`, position, { hint: 'a manifest is one short, plain document' });

const unreadable = (reason: string, position: Position, cause?: unknown): ManifestError =>
  new ManifestError(`is not readable YAML: ${firstLine(reason)}`, position, {
    hint: 'check indentation, quotes and brackets around this place',
    cause,
  });

/** Without the tags of no use, and without `y` and `n` as booleans, which Python's readers take as text. */
function adaptTag(tag: Tags[number]): Tags {
  if (typeof tag === 'string') return [tag];
  if (UNUSED_TAGS.includes(tag.tag)) return [];
  if (tag.tag !== 'tag:yaml.org,2002:bool' || !('test' in tag) || tag.test === undefined) return [tag];
  return [{ ...tag, test: new RegExp(`^(?![YyNn]$)(?:${tag.test.source})`) }];
}

function onlyReadable([document]: readonly Document.Parsed[], position: (offset: number) => Position): Document.Parsed {
  if (document === undefined) throw unreadable('it holds no document', position(0));
  const [error] = document.errors;
  if (error !== undefined) throw unreadable(error.message, position(error.pos[0]), error);
  return document;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** Aliases may share values, but neither multiply without bounds nor contain themselves. */
function toPlain(document: Document.Parsed, position: (offset: number) => Position): unknown {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: ALIAS_LIMIT });
  } catch (cause) {
    throw unreadable(String((cause as Error).message), position(0), cause);
  }
  if (isCircular(value, new Set(), new Set())) {
    throw new ManifestError('holds an alias (*name) that contains itself', position(0));
  }
  return value;
}

function isCircular(value: unknown, around: Set<object>, cleared: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || cleared.has(value)) return false;
  if (around.has(value)) return true;
  around.add(value);
  const circular = Object.values(value).some((inner) => isCircular(inner, around, cleared));
  around.delete(value);
  cleared.add(value);
  return circular;
}

/** A key named `__proto__` has no use in a manifest but to surprise code that copies objects. */
function dropPrototypeKeys(top: unknown): string[] {
  const messages: string[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (Object.hasOwn(value, '__proto__')) {
      Reflect.deleteProperty(value, '__proto__');
      messages.push('the key "__proto__" is not allowed and is left out');
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(top);
  return messages;
}

function* findOddKeys(
  node: Node | null,
  position: (offset: number) => Position,
): Generator<{ message: string; position: Position }> {
  if (!isCollection(node)) return;
  const seen = new Set<string>();
  for (const item of node.items) {
    const pair = isMap(node) ? (item as Pair<Node, Node | null>) : undefined;
    if (pair !== undefined) {
      const key = keyText(pair);
      const place = position(pair.key.range?.[0] ?? 0);
      if (key === undefined) yield { message: 'a key must be plain text', position: place };
      else if (seen.has(key) && key !== '<<')
        yield { message: `the key "${key}" is given twice: the last one counts`, position: place };
      if (key !== undefined) seen.add(key);
    }
    yield* findOddKeys(pair === undefined ? (item as Node) : pair.value, position);
  }
}

const keyText = (pair: Pair): string | undefined => (isScalar(pair.key) ? String(pair.key.value) : undefined);

function createPlaces(top: Node | null, position: (offset: number) => Position): Places {
  const index = new WeakMap<Node, Map<string, Pair<Node, Node | null>>>();
  const pairs = (node: Node): Map<string, Pair<Node, Node | null>> => {
    let known = index.get(node);
    if (known === undefined) {
      known = new Map();
      if (isMap<Node, Node | null>(node)) for (const pair of node.items) known.set(keyText(pair) ?? '', pair);
      index.set(node, known);
    }
    return known;
  };
  const step = (node: Node, key: string | number): { key: Node; value: Node | null } | undefined => {
    if (!isSeq(node)) return pairs(node).get(String(key)) as { key: Node; value: Node | null } | undefined;
    const item = node.items[Number(key)] as Node | undefined;
    return item === undefined ? undefined : { key: item, value: item };
  };
  const walk = (path: Path): { key: Node | null; value: Node | null; complete: boolean } => {
    let found: { key: Node | null; value: Node | null } = { key: top, value: top };
    for (const key of path) {
      const next = found.value === null ? undefined : step(found.value, key);
      if (next === undefined) return { ...found, complete: false };
      found = next;
    }
    return { ...found, complete: true };
  };
  const start = (node: Node | null): Position => position(node?.range?.[0] ?? 0);
  return {
    has: (path) => walk(path).complete,
    at: (path) => {
      const { key, value } = walk(path);
      return start(value ?? key);
    },
    keyAt: (path) => start(walk(path).key),
    plainText: (path) => {
      const { value, complete } = walk(path);
      return complete && isScalar(value) && value.type === 'PLAIN' ? value.source : undefined;
    },
  };
}
