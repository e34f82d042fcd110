/**
 * Owns the CPU time of one check, measured where it is spent: in a process that does nothing else.
 * `node check-cpu.mjs BUNDLE CHECKS` prints the microseconds of one check of an object of 20 fields.
 */
import { pathToFileURL } from 'node:url';

const [bundle, count] = process.argv.slice(2);
const { JobChecks } = await import(pathToFileURL(bundle).href);

const KINDS = [
  [{ type: 'integer' }, 1],
  [{ type: 'number' }, 1.5],
  [{ type: 'string' }, 'some text'],
  [{ type: 'boolean' }, true],
];
const fields = Array.from({ length: 20 }, (_, index) => [`field${index + 1}`, ...KINDS[index % KINDS.length]]);
const schema = {
  type: 'object',
  title: 'Payload',
  additionalProperties: true,
  properties: Object.fromEntries(fields.map(([name, kind]) => [name, kind])),
  required: fields.map(([name]) => name),
};
const part = { name: 'input 0', schema, example: undefined };
const checks = new JobChecks({ parts: [part], schemas: {} }, () => {});
const text = {
  pieces: [Buffer.from(JSON.stringify(Object.fromEntries(fields.map(([name, , value]) => [name, value]))))],
  file: undefined,
};

const check = () =>
  new Promise((resolve, reject) =>
    checks.check('input 0', text, (verdict) =>
      verdict === undefined ? resolve() : reject(new Error('a good input was refused')),
    ),
  );
const run = (times) => {
  for (let at = 0; at < times; at += 1) checks.check('input 0', text, () => {});
};

await check(); // compiles, when it has to
run(Number(count) / 10);
const before = process.cpuUsage();
run(Number(count));
const { user, system } = process.cpuUsage(before);
console.log((user + system) / Number(count));
checks.stop();
