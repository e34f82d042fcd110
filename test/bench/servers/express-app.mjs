/** Owns the job's work in express. `node express-app.mjs PORT PEERS`, the folder where express is installed. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [port, peers] = process.argv.slice(2);
const express = createRequire(join(peers, 'package.json'))('express');

const app = express();
app.post('/api/v1/perform', express.json(), (request, response) => {
  let sum = 0;
  for (const number of request.body.numbers) sum += number;
  response.json(sum);
});
app.listen(Number(port), '127.0.0.1');
