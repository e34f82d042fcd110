/** Owns a program that fails in the way its first argument says. */
import { createServer } from 'node:http';

const [trouble = 'none'] = process.argv.slice(2);
if (trouble === 'exit') {
  console.log('reading the model');
  console.error('there is no model');
  process.exit(4);
}
let asked = 0;
const server = createServer((req, res) => {
  if (req.url === '/exit') process.exit(5);
  if (req.url === '/hang') return hang();
  if (req.url === '/ready' && trouble === 'slow') {
    asked += 1;
    res.statusCode = asked < 3 ? 503 : 200;
  } else if (req.url === '/ready') res.statusCode = trouble === 'unready' ? 503 : 404;
  res.end(String(process.pid));
});
if (trouble !== 'deaf') server.listen(Number(process.env.PORT), '127.0.0.1');
if (trouble === 'deaf') setInterval(() => {}, 1000);
if (trouble === 'stubborn') process.on('SIGTERM', () => console.log('not yet'));

/** From now on, nothing is answered. */
function hang() {
  server.removeAllListeners('request');
  server.on('request', () => {});
}
