/** Owns the list of addresses that are the wrapper's own, whatever the job serves. */

const PATHS = new Set(['/live', '/ready', '/health', '/metrics', '/metrics/', '/docs', '/redoc', '/openapi.json']);
const DOCS = '/docs/';

/** Whether a path, its prefix split off, is answered by the wrapper itself. */
export const isOwnRoute = (rest: string): boolean => PATHS.has(rest) || rest.startsWith(DOCS);
