/** Owns a keep-alive connection that does one request after the other with as little work of its own as possible. */
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** The bytes of a request. */
export function encodeRequest({ method = 'POST', path, headers = {}, body = '' }) {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ host: '127.0.0.1', 'content-length': bytes.length, ...headers });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Opens a connection; `call(bytes, done)` sends a request, and `done(error, { status, body })` is called once. */
export function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let done;
  let received = [];
  const settle = (error, answer) => {
    const callback = done;
    done = undefined;
    received = [];
    callback?.(error, answer);
  };
  socket.on('data', (bytes) => {
    received.push(bytes);
    const answer = parseAnswer(received);
    if (answer !== undefined) settle(undefined, answer);
  });
  socket.on('error', (error) => settle(error));
  socket.on('close', () => settle(new Error('the server closed the connection')));
  return {
    call(bytes, callback) {
      if (socket.destroyed) return callback(new Error('the server closed the connection'));
      done = callback;
      socket.write(bytes);
    },
    close: () => socket.destroy(),
  };
}

// The pieces are joined only when the answer can be complete: large ones arrive in many.
function parseAnswer(pieces) {
  if (pieces.length > 1 && pieces[0].indexOf(HEAD_END) === -1) pieces.splice(0, pieces.length, Buffer.concat(pieces));
  const headEnd = pieces[0].indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = pieces[0].toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const last = pieces.at(-1);
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bodyStart = headEnd + HEAD_END.length;
  const complete =
    length === undefined ? last.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) : total >= bodyStart + Number(length);
  if (!complete) return undefined;
  const body = Buffer.concat(pieces).toString('utf8', bodyStart);
  return { status: Number(head.slice(9, 12)), body: length === undefined ? unchunk(body) : body };
}

function unchunk(text) {
  let body = '';
  for (let rest = text; ; ) {
    const lineEnd = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.slice(0, lineEnd), 16);
    if (!(size > 0)) return body;
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    rest = rest.slice(lineEnd + 2 + size + 2);
  }
}

/** One request on a connection of its own; rejects when there is no answer. */
export function ask(port, bytes) {
  const connection = openConnection(port);
  return new Promise((resolve, reject) => {
    connection.call(bytes, (error, answer) => {
      connection.close();
      if (error) reject(error);
      else resolve(answer);
    });
  });
}
