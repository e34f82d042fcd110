/** Owns the process that reads a job's types: it prints their description, keeps it, and ends. */
import { dirname } from 'node:path';
import { loadCompiler } from './code-cache.ts';
import type { TypeOrder } from './describe-types.ts';
import { keepDescription } from './description-cache.ts';

const { file, ...request } = JSON.parse(process.argv[2] as string) as TypeOrder;
const compiler = loadCompiler(dirname(file));
const { describeProgram } = await import('./describe-program.ts');
const seenAt = Date.now();
const { description, seen } = describeProgram(request);
keepDescription(file, { description, seenAt, seen });
process.stdout.write(JSON.stringify(description));
compiler.keep();
