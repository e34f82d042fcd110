/** Owns the two ways between addresses of the service and addresses of the program behind it: pure functions of both. */
import { API } from '../http/route-table.ts';
import type { Routing } from './plan.ts';

const PERFORM = `${API}/perform`;

/** One request's address at the program, and how its answer finds the way back. */
export interface Passage {
  /** Where it leads in the program. */
  readonly path: string;
  /** What stands before the program's paths in addresses of the service: the job's prefix, and `/api/v1` where that is cut off. */
  readonly mount: string;
  /** The job's prefix alone. */
  readonly prefix: string;
}

export class Addresses {
  readonly mode: Routing['mode'];
  readonly performPath: string;
  readonly #apiBase: string;

  /** `documented` are the paths of the program's own OpenAPI document. */
  constructor(routing: Routing, documented: readonly string[]) {
    this.mode = routing.mode;
    this.#apiBase = routing.apiBase ?? (knowsApi(routing, documented) ? API : '');
    this.performPath = routing.performPath ?? `${this.#apiBase}/perform`;
  }

  /** Where a request leads; `rest` is its path after the job's prefix. */
  passage(prefix: string, rest: string): Passage {
    if (!rest.startsWith(API)) return { path: rest, mount: prefix, prefix };
    const below = rest.slice(API.length);
    if (below !== '' && !below.startsWith('/')) return { path: rest, mount: prefix, prefix };
    const path = rest === PERFORM ? this.performPath : this.#apiBase + below || '/';
    return { path, mount: this.#apiBase === '' ? prefix + API : prefix, prefix };
  }

  /** Where callers reach a path of the program. */
  publicPath(path: string): string {
    if (path === this.performPath) return PERFORM;
    return path.startsWith(`${this.#apiBase}/`) ? API + path.slice(this.#apiBase.length) : path;
  }
}

/** A program that documents paths below `/api/v1` wants to be asked for them as they are. */
function knowsApi({ mode }: Routing, documented: readonly string[]): boolean {
  return mode === 'rewrite' || documented.some((path) => path.startsWith(`${API}/`));
}

/** Whether a `host:port`, in lower case, is what the program takes for itself. */
export type IsOwn = (host: string) => boolean;

/**
 * An address that the program has answered with, as the caller has to write it. What leads elsewhere, or is relative to the
 * request, stays as it is.
 */
export function publicAddress(address: string, { mount }: Passage, isOwn: IsOwn): string {
  const [whole, host = ''] = /^(?:https?:)?\/\/([^/?#]*)/i.exec(address) ?? [];
  if (whole !== undefined && !isOwn(host.toLowerCase())) return address;
  const path = whole === undefined ? address : address.slice(whole.length) || '/';
  if (whole === undefined && !path.startsWith('/')) return address;
  const rooted = path.startsWith('/') ? path : `/${path}`;
  return rooted === mount || rooted.startsWith(`${mount}/`) ? rooted : mount + rooted;
}

/** A cookie for the whole program is one for all that the job's prefix holds, its API included. */
export function publicCookie(cookie: string, { prefix, mount }: Passage): string {
  return cookie.replace(/(;\s*path=)(\/[^;]*)/i, (_whole, name: string, path: string) => {
    const before = path.trim() === '/' ? prefix : mount;
    return name + (path.startsWith(`${prefix}/`) && prefix !== '' ? path : before + path);
  });
}
