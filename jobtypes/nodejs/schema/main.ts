/** Owns the process that reads a job's types: it prints their description, keeps it, and ends. */
import { join } from 'node:path';
import { loadCompiler } from './code-cache.ts';
import type { TypeOrder } from './describer.ts';
import type { KeptDescription } from './description-cache.ts';
import { keepFile } from './kept-file.ts';

const { file, describer, cacheFolder, ...request } = JSON.parse(process.argv[2] as string) as TypeOrder;
const compiler = loadCompiler(join(cacheFolder, 'nodejs'));
const { describeProgram } = await import('./describe-program.ts');
const made = Date.now();
const { description, inputs } = describeProgram(request);
const kept: KeptDescription = { description, describer, made, inputs };
keepFile(file, JSON.stringify(kept));
process.stdout.write(JSON.stringify(description));
compiler.keep();
