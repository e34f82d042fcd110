/** Owns a site that knows only links from its root, and sends its pages in every encoding. */
import { createServer } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

const PAGE = '<!doctype html><link href="/style.css"><a href="/next">next</a><a href="http://HOST/far">far</a>';
const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };

createServer((req, res) => {
  const [path, query] = req.url.split('?');
  if (path === '/style.css') {
    res.writeHead(200, { 'content-type': 'text/css' });
    res.end('a { background: url(/picture.png) }');
  } else if (path === '/picture.png') {
    res.writeHead(200, { 'content-type': 'image/png', etag: '"same"' });
    res.end('href="/x"');
  } else if (path === '/broken') {
    res.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' });
    res.end('this is no gzip');
  } else {
    const page = PAGE.replace('HOST', req.headers.host);
    const encode = ENCODERS[query];
    res.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      etag: '"page"',
      'set-cookie': 'seen=1; Path=/',
      refresh: '9; url=/next',
      ...(encode && { 'content-encoding': query }),
    });
    res.end(encode ? encode(page) : page);
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
