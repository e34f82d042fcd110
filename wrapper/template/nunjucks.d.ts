/** Owns the types of the parts of nunjucks that are used: its lexer and its parser, which come without types. */
declare module 'nunjucks/src/lexer.js' {
  interface Tokens {
    /** The current line, from 0. */
    readonly lineno: number;
    readonly colno: number;
  }
  const lexer: { lex(source: string): Tokens };
  export default lexer;
}

declare module 'nunjucks/src/parser.js' {
  import type { Tokens } from 'nunjucks/src/lexer.js';

  const parser: { Parser: new (tokens: Tokens) => { parseAsRoot(): unknown } };
  export default parser;
}
