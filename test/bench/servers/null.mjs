/** Owns a program that answers everything with `42` and does nothing else. `node null.mjs PORT` */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 });
    response.end('42');
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
