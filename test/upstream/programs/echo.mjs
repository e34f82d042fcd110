/** Owns a program that shows what reaches it, and answers in every way that HTTP has. */
import { createServer } from 'node:http';

const routes = {
  '/perform': (req, res) => show(req, res),
  '/echo': (req, res) => show(req, res),
  '/redirect': (req, res) => {
    const to = new URL(req.url, 'http://own').searchParams.get('to').replace('{own}', req.headers.host);
    res.writeHead(302, {
      location: to,
      'content-location': to,
      'set-cookie': ['a=1; Path=/', 'b=2; path=/inner; HttpOnly'],
    });
    res.end();
  },
  '/upload': (req, res) => {
    let size = 0;
    req.on('data', (piece) => {
      size += piece.length;
    });
    req.on('end', () => answer(res, { size, trailers: req.trailers }));
  },
  '/download': (_req, res) => {
    res.writeHead(200, { 'content-type': 'application/octet-stream' });
    let left = 64;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!res.write(Buffer.alloc(64 * 1024, left))) return res.once('drain', more);
      }
      res.end();
    };
    more();
  },
  '/events': (req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', trailer: 'X-Sum' });
    res.write('data: 1\n\n');
    req.socket.once('close', () => console.log('the reader of events has left'));
    globalThis.finish = () => {
      res.addTrailers({ 'X-Sum': '3' });
      res.end('data: 2\n\n');
    };
  },
  '/finish': (_req, res) => {
    globalThis.finish();
    answer(res, {});
  },
  '/status': (req, res) => {
    const { searchParams } = new URL(req.url, 'http://own');
    res.writeHead(Number(searchParams.get('code')), { 'x-custom': 'kept', 'content-type': 'text/plain' });
    res.end('text');
  },
  '/early': (_req, res) => {
    res.writeHead(413);
    res.end('enough');
  },
  '/silent': () => {},
  '/exit': () => process.exit(3),
  '/break': (_req, res) => {
    res.writeHead(200, { 'content-length': '1000000' });
    res.write('only this');
    setTimeout(() => res.destroy(), 20);
  },
  '/break-small': (_req, res) => {
    res.writeHead(200, { 'content-length': '100' });
    res.write('only this');
    setTimeout(() => res.destroy(), 20);
  },
  '/raw': (req, res) => {
    const head = new URL(req.url, 'http://own').searchParams.get('head');
    res.socket.end(head.replaceAll('|', '\r\n'));
  },
};

const server = createServer((req, res) => {
  const route = routes[req.url.split('?')[0]];
  if (route) return route(req, res);
  res.statusCode = req.url === '/' ? 200 : 404;
  res.end(`nothing at ${req.url}`);
});

server.on('upgrade', (req, socket) => {
  if (req.url !== '/socket')
    return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nSet-Cookie: no=1; Path=/\r\n\r\nno');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n',
  );
  socket.on('data', (data) => socket.write(`seen ${data}`));
  socket.on('error', () => {});
});

async function show(req, res) {
  let body = '';
  for await (const piece of req) body += piece;
  answer(res, { method: req.method, url: req.url, headers: req.headers, raw: req.rawHeaders, body });
}

function answer(res, value) {
  res.setHeader('content-type', 'application/json');
  res.end(JSON.stringify(value));
}

server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`listening at ${process.env.PORT}`));
