/** Owns the listening server: its limits, what it answers to requests that are no HTTP, and how it closes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CALL_ERRORS, type CallErrorType, UserError } from '../core/errors.ts';
import { errorBody, FAULT_HEADER } from './respond.ts';
import { LeanResponse } from './response.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** How long a request may take to arrive in whole, in milliseconds. */
  readonly requestMs: number;
  onRequest(req: IncomingMessage, res: ServerResponse): void;
  onUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const HEADER_BYTES = 16 * 1024;
const HEADERS_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
const MAX_CONNECTIONS = 10_000;

/** What Node's parser says, as one of our errors. */
const CLIENT_ERRORS: Record<string, [CallErrorType, string]> = {
  HPE_HEADER_OVERFLOW: ['HeadersTooLarge', `the request line and headers are larger than ${HEADER_BYTES} bytes`],
  ERR_HTTP_REQUEST_TIMEOUT: ['RequestTimeout', 'the request did not arrive in time'],
};

/** Creates the server and starts to listen; rejects with a {@link UserError} when the address cannot be used. */
export function listen(options: ServerOptions): Promise<Server> {
  const server = createServer(
    {
      ServerResponse: LeanResponse,
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: Math.min(HEADERS_MS, options.requestMs),
      requestTimeout: options.requestMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false, // the front end answers with a body that says so
      noDelay: true,
    },
    options.onRequest,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on('checkContinue', options.onRequest); // the front end says 100 when it wants the body
  server.on('checkExpectation', options.onRequest); // other expectations may be ignored
  server.on('upgrade', (req, socket, head) => {
    if (req.headers.upgrade?.toLowerCase() === 'websocket') options.onUpgrade(req, socket, head);
    else replayWithoutUpgrade(server, req, socket as Socket, head);
  });
  server.on('connect', (_req, socket) => refuseRaw(socket, 'BadRequest', 'CONNECT is not supported: this is no proxy'));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (condemned.has(socket)) return;
    if (answersAnother(socket)) {
      socket.destroy();
      return;
    }
    const [type, message] = CLIENT_ERRORS[error.code ?? ''] ?? [
      'BadRequest',
      `the request is no valid HTTP: ${error.message}`,
    ];
    refuseRaw(socket, type, message);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, options)));
    server.listen(options.port, options.host, () => resolve(server));
  });
}

/** Connections on which a refusal was the last word: what else they bring is no request, whatever it looks like. */
const condemned = new WeakSet<Duplex>();

export const condemn = (socket: Duplex): void => void condemned.add(socket);
export const isCondemned = (socket: Duplex): boolean => condemned.has(socket);

/** Whether an earlier request still waits for its answer, which a refusal now would be taken for. */
function answersAnother(socket: Duplex): boolean {
  const answer = (socket as { _httpMessage?: ServerResponse })._httpMessage;
  return answer != null && (answer.headersSent || answer.req.complete);
}

/** The address that people can open. */
export function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

const UPGRADE_HEADERS = new Set(['upgrade', 'http2-settings', 'connection']);

/**
 * A server may ignore an upgrade that it does not offer, such as the `h2c` that Java's client asks for by default. Node hands
 * over every such request unparsed: it is given back as the plain request that it also is.
 */
function replayWithoutUpgrade(server: Server, req: IncomingMessage, socket: Socket, head: Buffer): void {
  const lines = [`${req.method} ${req.url} HTTP/${req.httpVersion}`];
  for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i] as string;
    if (!UPGRADE_HEADERS.has(name.toLowerCase())) lines.push(`${name}: ${req.rawHeaders[i + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

/** Answers on a socket that has no response object, and closes it. */
export function refuseRaw(socket: Duplex, type: CallErrorType, message: string): void {
  const { status, fault } = CALL_ERRORS[type];
  const body = JSON.stringify(errorBody(type, message));
  if (!socket.writable || (socket as Socket).destroyed) {
    socket.destroy();
    return;
  }
  socket.end(
    `HTTP/1.1 ${status} ${type}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `${FAULT_HEADER}: ${fault}\r\nconnection: close\r\n\r\n${body}`,
  );
  socket.resume(); // reads on for a moment, so that the caller gets to see the answer
  setTimeout(() => socket.destroy(), 1_000).unref();
}

function listenError(error: NodeJS.ErrnoException, { host, port }: ServerOptions): UserError {
  if (error.code === 'EADDRINUSE') {
    return new UserError(`port ${port} is in use on ${host}`, {
      hint: `stop the program that listens there, or choose another port: --port 0 picks a free one`,
      cause: error,
    });
  }
  if (error.code === 'EACCES') {
    return new UserError(`port ${port} needs more rights than this user has`, {
      hint: 'choose a port above 1023: --port 7000',
      cause: error,
    });
  }
  return new UserError(`cannot listen on ${host}:${port}: ${error.message}`, {
    hint: 'give an address of this machine: --host 127.0.0.1, or --host 0.0.0.0 for all',
    cause: error,
  });
}
