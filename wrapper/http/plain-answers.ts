/** Owns the answers that say no more than where to go, or that there is nothing. */
import type { Visit } from './job-side.ts';
import { drain, FAULT_HEADER, sendJson } from './respond.ts';

/** A redirect that holds below every prefix and behind every proxy: the address is relative. */
export function redirect(visit: Visit, location: string): void {
  const query = visit.query === '' ? '' : `?${visit.query}`;
  visit.res.writeHead(307, { location: location + query, 'content-length': '0' }).end();
}

export function notFound(visit: Visit): void {
  sendJson(visit.res, 404, { detail: 'Not Found' }, [FAULT_HEADER, 'caller']);
  drain(visit.req);
}

export function methodNotAllowed(visit: Visit): void {
  sendJson(visit.res, 405, { detail: 'Method Not Allowed' }, [FAULT_HEADER, 'caller']);
  drain(visit.req);
}
