/** Owns the yardstick: Node's own HTTP server doing the job's work in-process. `node bare.mjs PORT`. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    let sum = 0;
    for (const number of JSON.parse(body).numbers) sum += number;
    const text = JSON.stringify(sum);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
