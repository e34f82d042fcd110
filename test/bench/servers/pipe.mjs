/** Owns the usual way to put a server in front of another in Node: an Agent that keeps connections, and pipes. `node pipe.mjs PORT UPSTREAM` */
import { Agent, createServer, request as httpRequest } from 'node:http';

const [port, upstream] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });

const server = createServer((request, response) => {
  const { method, url, headers } = request;
  const onward = httpRequest({ agent, host: '127.0.0.1', port: upstream, method, path: url, headers });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
});
server.listen(port, '127.0.0.1');
