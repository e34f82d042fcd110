import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

/** Pages of a server that does not listen: it may have WebSockets. */
export default class Pages {
  perform() {
    return 'called';
  }

  webviewApp() {
    const server = createServer((_req, res) => {
      res.statusCode = 418;
      res.end('a page');
    });
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
    server.on('upgrade', (req, socket, head) => {
      if (req.url?.startsWith('/refused')) {
        socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\n\r\nget up');
        return;
      }
      sockets.handleUpgrade(req, socket, head, (ws) => {
        ws.send(`hello ${req.headers['x-caller-name']} at ${req.url}`);
        ws.on('message', (data, binary) => {
          if (String(data) === 'close') ws.close(4001, 'as you wish');
          else ws.send(data as Buffer, { binary });
        });
        ws.on('close', (code) => console.log('closed with', code));
      });
    });
    return server;
  }
}
