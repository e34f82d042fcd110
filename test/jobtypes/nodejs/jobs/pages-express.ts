import express from 'express';
import { requestContext } from 'racetrack';

/** Pages of an Express application; the mount is taken off its addresses. */
export function webviewApp(basePath: string) {
  const app = express();
  app.get('/', (req, res) => {
    res.send(`<a href="${req.baseUrl}/about">about</a> ${basePath} ${req.originalUrl}`);
  });
  app.get('/who', (req, res) => {
    res.json({ ip: req.ip, tracing: requestContext()?.tracingId, query: req.query });
  });
  app.post('/echo', (req, res) => {
    res.setHeader('set-cookie', ['a=1', 'b=2']);
    res.type(req.header('content-type') ?? 'text/plain');
    req.pipe(res);
  });
  app.get('/slow', (req, res) => {
    res.write('begun');
    res.on('close', () => console.log('the reader has left', req.path));
  });
  app.get('/fail', () => {
    throw new Error('the page is broken');
  });
  return app;
}
