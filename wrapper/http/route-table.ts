/** Owns which path means what: the job's endpoints and files below any of its prefixes. */
import type { JobDescription, StaticFile } from '../protocol/messages.ts';

export const API = '/api/v1';
/** Where the job's own user interface is. */
export const WEBVIEW = `${API}/webview`;

/** What stands at a path: functions of the job by verb (their numbers), or a file. */
export interface Route {
  readonly template: string;
  get?: number;
  post?: number;
  file?: StaticFile;
}

export interface Match {
  readonly route: Route;
  /** Values of `{name}` segments. */
  readonly params: { readonly [name: string]: string } | undefined;
}

interface Pattern {
  readonly names: readonly string[];
  readonly expression: RegExp;
  readonly route: Route;
}

/** What the part of a path must look like that `{name:kind}` stands for; `str` when no kind is given. */
const KINDS: { readonly str: string; readonly [kind: string]: string } = {
  str: '[^/]+',
  path: '.*',
  int: '[0-9]+',
  float: '[0-9]+(?:\\.[0-9]+)?',
  uuid: '[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}',
};

/** Stands for an encoded slash, which belongs to a value and separates nothing; decoding never gives two first halves in a row. */
const SLASH = '\ud800\ud800';

export class RouteTable {
  readonly #exact = new Map<string, Route>();
  readonly #patterns: Pattern[] = [];

  /** The first endpoint declared for a verb and path wins, files come last. */
  constructor(description: JobDescription) {
    for (const [number, endpoint] of description.endpoints.entries()) {
      const route = this.#at(API + endpoint.path);
      if (endpoint.method === 'GET') route.get ??= number;
      else route.post ??= number;
    }
    for (const file of description.staticFiles) this.#exactly(API + file.path).file ??= file;
  }

  /** The route at exactly this path: the hot path's look-up. */
  exact(path: string): Route | undefined {
    return this.#exact.get(path);
  }

  /**
   * The route for a percent-encoded path, with its parameters; undefined when nothing stands there. An exact path goes before
   * patterns, and what has the verb before what has not.
   */
  match(path: string, verb: string | undefined): Match | undefined {
    const decoded = decode(path);
    if (decoded === undefined) return undefined;
    const exact = this.#exact.get(decoded);
    let other: Match | undefined;
    if (exact) {
      if (answers(exact, verb)) return { route: exact, params: undefined };
      other = { route: exact, params: undefined };
    }
    const text = path.includes('%') ? (decode(path.replaceAll(/%2f/gi, SLASH)) ?? decoded) : path;
    for (const { names, expression, route } of this.#patterns) {
      const found = expression.exec(text);
      if (!found) continue;
      if (answers(route, verb)) return { route, params: readParams(names, found) };
      other ??= { route, params: undefined };
    }
    return other;
  }

  #at(template: string): Route {
    if (!template.includes('{')) return this.#exactly(template);
    const known = this.#patterns.find((each) => each.route.template === template);
    if (known) return known.route;
    const route: Route = { template };
    this.#patterns.push({ ...compile(template), route });
    return route;
  }

  #exactly(path: string): Route {
    let route = this.#exact.get(path);
    if (!route) {
      route = { template: path };
      this.#exact.set(path, route);
    }
    return route;
  }
}

/** Splits `/pub/job/{name}/{version}` (or `/pub/fatman/…`) off a path; neither name nor version is checked. */
export function splitPrefix(path: string): { prefix: string; rest: string } {
  const start = path.startsWith('/pub/job/') ? 9 : path.startsWith('/pub/fatman/') ? 12 : 0;
  if (start === 0) return { prefix: '', rest: path };
  const nameEnd = path.indexOf('/', start);
  if (nameEnd <= start) return { prefix: '', rest: path };
  const versionEnd = path.indexOf('/', nameEnd + 1);
  if (versionEnd === nameEnd + 1 || nameEnd + 1 === path.length) return { prefix: '', rest: path };
  const end = versionEnd < 0 ? path.length : versionEnd;
  return { prefix: path.slice(0, end), rest: path.slice(end) };
}

/** Whether a path, its prefix split off, belongs to the job's own user interface. */
export const isWebview = (rest: string): boolean => rest === WEBVIEW || rest.startsWith(`${WEBVIEW}/`);

/** Undefined for a malformed escape. */
export function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function answers(route: Route, verb: string | undefined): boolean {
  if (verb === 'POST') return route.post !== undefined;
  return verb === 'GET' && (route.get !== undefined || route.file !== undefined);
}

/** Turns `/items/{id}/{rest:path}` into an expression, and the names of what it captures. */
function compile(template: string): { names: string[]; expression: RegExp } {
  const names: string[] = [];
  const source = template.split(/(\{[^{}]+\})/).map((part, at) => {
    if (at % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const [name = '', kind = 'str'] = part.slice(1, -1).split(':');
    names.push(name);
    return `(${KINDS[kind] ?? KINDS.str})`;
  });
  return { names, expression: new RegExp(`^${source.join('')}$`, 's') };
}

function readParams(names: readonly string[], found: RegExpExecArray): Record<string, string> {
  const params: Record<string, string> = Object.create(null);
  for (const [at, name] of names.entries()) params[name] = (found[at + 1] as string).replaceAll(SLASH, '/');
  return params;
}
