/** Every form that a job may have, and what is said about files that are none. */
import { describe, expect, test } from 'vitest';
import { startShim } from '../../protocol/shim-driver.ts';
import { NODEJS } from '../../protocol/shims.ts';

const FORMS: [what: string, file: string, source: string, name: string, className?: string][] = [
  ['a default function', 'job.ts', 'export default function add(i: object) { return i; }', 'add'],
  ['a default arrow function', 'job.ts', 'export default (i: object) => i;', 'job.ts'],
  ['a default async function', 'job.mts', 'export default async function add(i: object) { return i; }', 'add'],
  ['a default class', 'job.ts', 'export default class Adder { perform(i: object) { return i; } }', 'Adder'],
  [
    'a class that names itself',
    'job.ts',
    'export default class Adder { static me = Adder; perform(i: object) { return i; } }',
    'Adder',
  ],
  ['a default object', 'job.ts', 'export default { perform: (i: object) => i };', 'job.ts'],
  [
    'defineJob',
    'job.ts',
    "import { defineJob } from 'racetrack'; export default defineJob({ perform: (i) => i });",
    'job.ts',
  ],
  ['an exported function perform', 'job.ts', 'export function perform(i: object) { return i; }', 'job.ts'],
  ['the only exported class', 'job.ts', 'export class Adder { perform(i: object) { return i; } }', 'Adder'],
  ['the only exported function', 'job.ts', 'export const add = (i: object) => i;', 'add'],
  [
    'one of several, by name',
    'job.ts',
    'export class A {} export class B { perform(i: object) { return i; } }',
    'B',
    'B',
  ],
  ['a function by name', 'job.ts', 'export const a = () => 1; export const b = (i: object) => i;', 'b', 'b'],
  ['a default class by its name', 'job.ts', 'export default class A { perform(i: object) { return i; } }', 'A', 'A'],
  ['CommonJS: a function', 'job.cjs', 'module.exports = function add(i) { return i; };', 'add'],
  ['CommonJS: a class', 'job.cjs', 'module.exports = class Adder { perform(i) { return i; } };', 'Adder'],
  ['CommonJS: members', 'job.cjs', 'exports.perform = (i) => i;', 'job.cjs'],
  ['CommonJS: one of its members, by name', 'job.cjs', 'module.exports = { a: () => 1, b: (i) => i };', 'b', 'b'],
  [
    'CommonJS that was compiled',
    'job.cjs',
    'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = class X { perform(i) { return i; } };',
    'X',
  ],
  [
    'a class that was compiled for old engines',
    'job.cjs',
    'function Old() {} Old.prototype.perform = function (i) { return i; }; module.exports = Old;',
    'Old',
  ],
  ['CommonJS in TypeScript', 'job.cts', 'export = class Adder { perform(i: object) { return i; } };', 'Adder'],
  ['a plain module', 'job.mjs', 'export const perform = (i) => i;', 'job.mjs'],
  ['a plain module in a .js file', 'job.js', 'export const perform = (i) => i;', 'job.js'],
  [
    'a plain module that imports racetrack',
    'job.mjs',
    "import { defineJob } from 'racetrack'; export default defineJob({ perform: (i) => i });",
    'job.mjs',
  ],
  [
    'a plain CommonJS file that requires racetrack',
    'job.cjs',
    "const { defineJob } = require('racetrack'); module.exports = defineJob({ perform: (i) => i });",
    'job.cjs',
  ],
];

describe.each(FORMS)('%s', (_what, file, source, name, className = '') => {
  test('is served', async () => {
    const { control } = startShim(source, { shim: { ...NODEJS, file } });
    control.send('fork', { meta: { className, env: {} } });
    expect(await control.nextJson('ready')).toMatchObject({
      entrypoint: name,
      endpoints: [{ kind: 'perform', method: 'POST', path: '/perform', async: true }],
    });
    expect((await control.call(1, { a: [1, 'ä'] })).body.toString()).toBe('{"a":[1,"ä"]}');
  });
});

const REFUSED: [what: string, source: string, error: string, className?: string][] = [
  ['nothing', '', 'job.ts exports nothing that can be served: it exports nothing, cause=JobError'],
  ['no function', 'export const answer = 42;', 'it exports answer'],
  ['several classes', 'export class A {} export class B {}', 'job.ts exports several classes: A, B'],
  ['several functions', 'export const a = () => 1; export const b = () => 2;', 'several functions: a, b'],
  ['a wrong name', 'export class A {}', 'C was not found: job.ts exports A', 'C'],
  ['a name that is no job', 'export const answer = 42;', 'job.ts is no job: it is a number', 'answer'],
  ['a mistake of syntax', 'export const a = ;', 'job.ts:1:18: Unexpected ";", cause=BundleError'],
  ['an import of nothing', "import './helper.ts';", 'job.ts:1:8: Could not resolve "./helper.ts"'],
  ['a throwing module', '\nthrow new TypeError("not today");', 'not today, cause=TypeError, traceback='],
  ['a rejected promise nobody waits for', 'Promise.reject(new Error("stray")); await new Promise(() => {});', 'stray'],
  ['a wrong schema', 'export const perform = () => 1; export const input = {};', 'endpoint /perform: input has to be'],
  [
    'endpoints that are none',
    'export const auxiliaryEndpoints = () => ({ x: 1 });',
    'auxiliary endpoint /x: it has to be a function',
  ],
  [
    'a method that is not supported',
    "export const auxiliaryEndpoints = () => ({ x: { method: 'PUT', handler: () => 1 } });",
    'endpoint /x: PUT is not supported, use GET or POST',
  ],
  [
    'a file that is missing',
    "export const staticEndpoints = { '/x': 'none.txt' };",
    'static endpoint /x: there is no file',
  ],
  ['pages that are none', 'export const webviewApp = () => 5;', 'webviewApp has to return a function (req, res)'],
  [
    'metrics that fail',
    'export const perform = () => 1; export const metrics = () => { throw new Error("m"); };',
    'm, ',
  ],
  [
    'an example that is no JSON',
    'export const perform = () => 1; const a: any = {}; a.a = a; export const docsInputExample = a;',
    'failed to encode input example (for /perform endpoint) to JSON',
  ],
];

test.each(REFUSED)('%s: the start fails and says why', async (_what, source, error, className = '') => {
  const { control, ended } = startShim(source, { shim: { ...NODEJS, file: 'job.ts' } });
  control.send('fork', { meta: { className, env: {} } });
  const failure = (await control.nextJson('failed')) as { error: string; type: string };
  expect(failure.error).toContain(error);
  expect(failure.error).not.toContain('\n');
  expect(await ended).toEqual({ code: 1, signal: null });
});

test('a missing package is named with what to do', async () => {
  const { control } = startShim("import 'no-such-package/part';\n", { shim: NODEJS });
  expect(await control.nextJson('failed')).toMatchObject({
    hint: 'Install the package beside the job: npm install no-such-package.',
  });
});

test('a job that has closed its standard streams may still open and close connections', async () => {
  const source = `
    import { closeSync } from 'node:fs';
    import { connect } from 'node:net';
    export default class {
      constructor() { closeSync(0); closeSync(1); closeSync(2); }
      perform() {
        return new Promise((resolve) => connect(1, '127.0.0.1').on('error', ({ code }) => resolve(code)));
      }
    }`;
  const { control } = startShim(source, { shim: NODEJS });
  control.send('fork', { meta: { className: '', env: {} } });
  expect(await control.nextJson('ready')).toMatchObject({ entrypoint: 'entrypoint.ts' });
  expect((await control.call(1, {})).body.toString()).toBe('"ECONNREFUSED"');
});
