/** Owns requests to the job's user interface: its static folder, its address without a slash, and all others. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Visit } from './job-side.ts';
import { drain, sendError } from './respond.ts';
import { WEBVIEW } from './route-table.ts';
import { serveFolder } from './static-files.ts';
import { clientOf, WebviewExchange } from './webview-exchange.ts';
import type { WorkerParts } from './worker-side.ts';

const STATIC = `${WEBVIEW}/static/`;

export interface WebviewRequest {
  readonly visit: Visit;
  /** What stands before `/api/v1`. */
  readonly prefix: string;
  /** The path after the prefix. */
  readonly rest: string;
  readonly parts: WorkerParts;
}

/** Answers the request, or hands it to a worker, whose answer comes later. */
export async function serveWebview({ visit, prefix, rest, parts }: WebviewRequest): Promise<void> {
  const { req, res } = visit;
  if (rest.startsWith(STATIC) && (req.method === 'GET' || req.method === 'HEAD')) {
    const folder = join(parts.config.folder, 'static');
    if (await isFolder(folder)) return serveFolder(folder, rest.slice(STATIC.length), req, res);
  }
  if (rest === WEBVIEW && prefix !== declaredPrefix(parts)) {
    // Relative: it holds below every prefix and behind every proxy.
    const query = visit.query === '' ? '' : `?${visit.query}`;
    res.writeHead(307, { location: `webview/${query}`, 'content-length': '0' }).end();
    drain(req);
    return;
  }
  passOn(visit, prefix, parts);
}

function passOn(visit: Visit, prefix: string, parts: WorkerParts): void {
  const { req, res, info } = visit;
  const { maxBody } = parts.config.limits;
  if (res.destroyed) return; // the caller has left meanwhile
  const worker = parts.views.closed ? undefined : parts.runner.pick();
  if (info.contentLength > maxBody) {
    sendError(res, 'PayloadTooLarge', `the body is larger than the limit of ${maxBody} bytes`);
  } else if (parts.views.closed) {
    sendError(res, 'ShuttingDown', 'the job is shutting down', ['connection', 'close']);
  } else if (!worker) {
    sendError(res, 'JobRestarting', 'the job is being restarted; try again in a moment');
  } else {
    const meta = {
      method: req.method as string,
      path: visit.path,
      query: visit.query,
      mount: prefix + WEBVIEW,
      headers: req.rawHeaders,
      client: clientOf(req),
      websocket: false,
    };
    new WebviewExchange(visit, parts, { worker, meta });
    return;
  }
  drain(req);
}

function declaredPrefix({ config }: WorkerParts): string {
  return `/pub/job/${config.job.name}/${config.job.version}`;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
