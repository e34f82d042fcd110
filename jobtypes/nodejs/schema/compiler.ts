/** Owns where the TypeScript compiler comes from: loaded as CommonJS, which takes half as long as an import of it. */
import { createRequire } from 'node:module';
import type typescript from 'typescript';

export const ts: typeof typescript = createRequire(import.meta.url)('typescript');
