/** Owns a connection whose protocol changes, such as to WebSocket: the program decides about it, then bytes go both ways unread. */
import { type IncomingMessage, request as openRequest, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '../core/errors.ts';
import type { UpgradeRequest } from '../http/job-side.ts';
import type { View } from '../http/open-views.ts';
import { refuseRaw } from '../http/server.ts';
import type { Passage } from './addresses.ts';
import { readFraming } from './answer-parser.ts';
import type { ProgramParts } from './program-side.ts';
import { hostOf, requestHead } from './request-head.ts';
import { type AnswerHead, answerHead } from './response-head.ts';
import type { Upstream } from './upstream.ts';

export interface TunnelRequest {
  readonly request: UpgradeRequest;
  readonly passage: Passage;
  readonly upstream: Upstream;
  readonly parts: ProgramParts;
}

/** How long the program may think about the change of protocol. */
const HANDSHAKE_MS = 60_000;
/** When to ask the system of a silent peer whether it is still there. */
const KEEP_ALIVE_MS = 30_000;
/** How long both sides may take to say goodbye when the service stops. */
const FAREWELL_MS = 1_000;

/** Asks the program, and answers or connects the caller. */
export function openTunnel({ request, passage, upstream, parts }: TunnelRequest): void {
  const { req, socket, query } = request;
  const head = requestHead({ req }, { passage, traceparent: undefined, authority: upstream.authority });
  head.push('Connection', 'Upgrade', 'Upgrade', req.headers.upgrade as string);
  const asking = openRequest({
    host: upstream.program.host,
    port: upstream.program.port,
    agent: false,
    method: req.method as string,
    path: query === '' ? passage.path : `${passage.path}?${query}`,
    headers: head,
  });
  const view: View = {
    goAway: () => void setTimeout(() => view.cutOff(), FAREWELL_MS).unref(),
    cutOff: () => {
      asking.destroy();
      socket.destroy();
    },
  };
  parts.views.add(view);
  const giveUp = setTimeout(() => asking.destroy(new Error('it did not decide in time')), HANDSHAKE_MS).unref();
  socket.once('close', () => {
    parts.views.delete(view);
    asking.destroy();
  });
  const answered = (answer: IncomingMessage): AnswerHead | string => {
    clearTimeout(giveUp);
    upstream.answered += 1;
    parts.log.answered(req.method as string, req.url as string, request.info, answer.statusCode as number);
    const isOwn = (host: string) => host === upstream.authority || host === hostOf(req);
    try {
      const { contentLength } = readFraming(answer.rawHeaders);
      return answerHead(answer.rawHeaders, contentLength, { passage, isOwn });
    } catch (error) {
      return messageOf(error);
    }
  };
  asking.once('error', (error) => {
    clearTimeout(giveUp);
    refuseRaw(socket, 'ProgramUnreachable', `the program did not take the WebSocket: ${error.message}`);
  });
  asking.once('upgrade', (answer: IncomingMessage, far: Socket, first: Buffer) => {
    const read = answered(answer);
    if (typeof read === 'string') {
      far.destroy();
      refuseRaw(socket, 'ProgramReplyInvalid', `the program answered with ${read}`);
      return;
    }
    const headers = ['Connection', 'Upgrade', 'Upgrade', answer.headers.upgrade as string, ...read.headers];
    socket.write(rawHead(answer, headers));
    connect({ near: socket as Socket, far, fromNear: request.head, fromFar: first });
  });
  asking.once('response', (answer: IncomingMessage) => refuse(socket, answer, answered(answer)));
  asking.end();
}

/** The program stays with HTTP: its answer is the caller's, and the connection ends with it. */
function refuse(socket: Duplex, answer: IncomingMessage, read: AnswerHead | string): void {
  if (typeof read === 'string') {
    answer.destroy();
    refuseRaw(socket, 'ProgramReplyInvalid', `the program answered with ${read}`);
    return;
  }
  const length = read.contentLength === undefined ? [] : ['Content-Length', String(read.contentLength)];
  socket.write(rawHead(answer, [...read.headers, ...length, 'Connection', 'close']));
  answer.pipe(socket);
  answer.once('error', () => socket.destroy());
}

function rawHead(answer: IncomingMessage, headers: readonly string[]): Buffer {
  const { statusCode = 502, statusMessage } = answer;
  let text = `HTTP/1.1 ${statusCode} ${statusMessage || STATUS_CODES[statusCode] || ''}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return Buffer.from(`${text}\r\n`, 'latin1');
}

interface Ends {
  readonly near: Socket;
  readonly far: Socket;
  readonly fromNear: Buffer;
  readonly fromFar: Buffer;
}

function connect({ near, far, fromNear, fromFar }: Ends): void {
  for (const socket of [near, far]) {
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }
  if (fromNear.length > 0) far.write(fromNear);
  if (fromFar.length > 0) near.write(fromFar);
  near.pipe(far).pipe(near);
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroySoon());
  far.once('error', () => near.destroy());
}
