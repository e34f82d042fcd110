/** Owns the names of Node that a job's program knows when neither Node's types nor the browser's are installed. */

/** Exists for the compiler only. */
export const GLOBALS_FILE = '/__racetrack__/globals.d.ts';

export const GLOBALS = `
interface AbortSignal { readonly aborted: boolean; readonly reason: any; throwIfAborted(): void; addEventListener: any }
declare class Buffer extends Uint8Array {
  static from(...values: any[]): Buffer;
  static alloc(...values: any[]): Buffer;
  static concat(...values: any[]): Buffer;
  toString(encoding?: string): string;
}
declare class Blob {
  constructor(parts?: any[], options?: any);
  readonly size: number;
  readonly type: string;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
  stream(): ReadableStream<Uint8Array>;
}
declare class File extends Blob { constructor(parts: any[], name: string, options?: any); readonly name: string }
declare class ReadableStream<R = any> {
  constructor(source?: any, strategy?: any);
  getReader(): any;
  [Symbol.asyncIterator](): AsyncIterableIterator<R>;
}
declare class Headers { constructor(init?: any); get(name: string): string | null; set(name: string, value: string): void }
declare class Response { constructor(body?: any, init?: any); static json(value: any, init?: any): Response; readonly body: any; json(): Promise<any> }
declare class URL { constructor(url: string, base?: string); readonly href: string; toString(): string; toJSON(): string }
declare class URLSearchParams { constructor(init?: any); toString(): string }
declare class TextEncoder { encode(text?: string): Uint8Array }
declare class TextDecoder { constructor(label?: string, options?: any); decode(bytes?: any, options?: any): string }
declare const console: any, process: any, performance: any, crypto: any, globalThis: any;
declare function fetch(...values: any[]): Promise<any>;
declare function structuredClone<T>(value: T): T;
declare function setTimeout(...values: any[]): any;
declare function setInterval(...values: any[]): any;
declare function setImmediate(...values: any[]): any;
declare function clearTimeout(timer: any): void;
declare function clearInterval(timer: any): void;
declare function queueMicrotask(callback: () => void): void;
`;
