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
  readonly segments: readonly string[];
  readonly route: Route;
}

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
    for (const file of description.staticFiles) this.#at(API + file.path).file ??= file;
  }

  /** The route at exactly this path: the hot path's look-up. */
  exact(path: string): Route | undefined {
    return this.#exact.get(path);
  }

  /** The route for a percent-encoded path, with its parameters; undefined when nothing stands there. */
  match(path: string): Match | undefined {
    const decoded = decode(path);
    if (decoded === undefined) return undefined;
    const route = this.#exact.get(decoded);
    if (route) return { route, params: undefined };
    const segments = path.split('/');
    for (const pattern of this.#patterns) {
      const params = matchSegments(pattern.segments, segments);
      if (params) return { route: pattern.route, params };
    }
    return undefined;
  }

  #at(template: string): Route {
    const known = this.#exact.get(template) ?? this.#patterns.find((each) => each.route.template === template)?.route;
    if (known) return known;
    const route: Route = { template };
    if (template.includes('{')) this.#patterns.push({ segments: template.split('/'), route });
    else this.#exact.set(template, route);
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

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = Object.create(null);
  for (const [at, expected] of pattern.entries()) {
    const segment = segments[at];
    if (segment === undefined) return undefined;
    const name = /^\{([^}:]+)(:path)?\}$/.exec(expected);
    if (name?.[2]) {
      params[name[1] as string] = decode(segments.slice(at).join('/')) ?? '';
      return params;
    }
    if (name && segment !== '') params[name[1] as string] = decode(segment) ?? segment;
    else if (decode(segment) !== expected) return undefined;
  }
  return pattern.length === segments.length ? params : undefined;
}
