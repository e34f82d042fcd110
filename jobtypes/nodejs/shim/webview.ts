/** Owns the job's own pages: a real HTTP server that no port leads to; each request comes in through a pair of streams. */
import { createServer, type IncomingMessage, type RequestListener, Server, type ServerResponse } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { type Frame, FrameType } from '../../../wrapper/protocol/frame.ts';
import type { HttpMeta } from '../../../wrapper/protocol/messages.ts';
import { requests } from '../sdk/request-context.ts';
import type { Connection } from './connection.ts';
import { failureOf } from './failures.ts';
import { JobError } from './job.ts';
import { logError } from './log.ts';
import { PageRequest } from './page-request.ts';
import { PageSocket } from './page-socket.ts';
import { RequestView } from './request-view.ts';

export interface WebviewServer {
  onFrame(frame: Frame, connection: Connection): void;
}

/** One exchange with a page. */
export interface Exchange {
  /** `input`, `window` and `cancel` frames. */
  onFrame(frame: Frame): void;
}

/** What an exchange needs. */
export interface ExchangeParts {
  readonly id: number;
  readonly meta: HttpMeta;
  /** The address below the mount. */
  readonly url: string;
  /** Whether `input` frames with a body follow. */
  readonly flags: number;
  readonly connection: Connection;
  readonly context: RequestView;
  /** Opens a connection to the job's server. */
  connect(): Duplex;
  onEnd(): void;
}

/** The server's side of a connection, with what it would know of a real one. */
type ServerSide = Duplex & { remoteAddress?: string; remotePort?: number; mount?: HttpMeta };

/** Takes a `(req, res)` function, as Express applications are, or an HTTP server that need not listen. */
export function createWebview(app: unknown): WebviewServer {
  const server = serverOf(app);
  server.prependListener('request', tellMount);
  server.prependListener('upgrade', tellMount);
  const open = new Map<number, Exchange>();
  return {
    onFrame(frame, connection) {
      if (frame.type !== FrameType.http) return open.get(frame.id)?.onFrame(frame);
      const { id, flags } = frame;
      const meta = JSON.parse(frame.meta.toString()) as HttpMeta;
      const context = new RequestView(id, { ...meta, client: meta.client[0] });
      const url = (meta.path.slice(meta.mount.length) || '/') + (meta.query === '' ? '' : `?${meta.query}`);
      const connect = () => connectTo(server, meta, context);
      const parts: ExchangeParts = { id, meta, url, flags, connection, context, connect, onEnd: () => open.delete(id) };
      open.set(id, meta.websocket ? new PageSocket(parts) : new PageRequest(parts));
    },
  };
}

function serverOf(app: unknown): Server {
  if (app instanceof Server) return app;
  if (typeof app === 'function') return createServer({ requireHostHeader: false }, guarded(app as RequestListener));
  throw new JobError(
    'webviewApp has to return a function (req, res), such as an Express application, or an http.Server',
  );
}

/** A function that throws, or rejects, answers as a failed call does. */
function guarded(app: RequestListener): RequestListener {
  return (req, res) => {
    const fail = (error: unknown) => {
      logError('a page has failed', error);
      if (res.headersSent) return res.destroy();
      const { meta, body } = failureOf(error);
      res.writeHead(meta.status, { 'content-type': 'application/json', 'x-racetrack-fault': meta.fault }).end(body);
    };
    try {
      Promise.resolve(app(req, res) as unknown).catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** The application sees addresses below its mount, as one does that Express mounts in another. */
function tellMount(req: IncomingMessage, _res: ServerResponse | Duplex): void {
  const { mount } = req.socket as unknown as ServerSide;
  if (mount === undefined) return;
  Object.assign(req, { baseUrl: mount.mount, originalUrl: mount.path + (mount.query === '' ? '' : `?${mount.query}`) });
}

/** The caller's end of a new connection; everything that happens on it belongs to this request. */
function connectTo(server: Server, meta: HttpMeta, context: RequestView): Duplex {
  const [near, far] = duplexPair();
  const [remoteAddress, remotePort] = meta.client;
  Object.assign(far, { remoteAddress, remotePort, mount: meta } satisfies Partial<ServerSide>);
  near.once('close', () => far.destroy());
  far.once('close', () => {
    if (!far.writableFinished) near.destroy(); // one that has ended in order may still be read
  });
  requests.run(context, () => server.emit('connection', far));
  return near;
}
