/** Owns the job's `console`: what it says becomes log records of the call that says it, whatever standard output is. */
import { Console } from 'node:console';
import { fstatSync, openSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { LogRecord } from '../../../wrapper/protocol/messages.ts';
import { log } from './log.ts';

const LEVELS: { readonly [method: string]: LogRecord['level'] } = {
  debug: 'DEBUG',
  warn: 'WARNING',
  error: 'ERROR',
  trace: 'WARNING',
  assert: 'WARNING',
};

/** Takes over what the job says, and keeps standard streams that nobody reads from ending the process. */
export function takeOutput(): void {
  replaceConsole();
  for (const name of ['stdout', 'stderr'] as const) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    if (!property?.get) continue;
    const open = property.get.bind(process) as () => Writable;
    let stream: Writable | undefined; // opened when the job asks for it: a start waits for this
    Object.defineProperty(process, name, { ...property, get: () => (stream ??= open().on('error', () => {})) });
  }
}

/** A job may have closed them; what is opened next would take their numbers, and Node gives up when it closes such a one. */
export function keepDescriptors(): void {
  for (const descriptor of [0, 1, 2]) {
    try {
      fstatSync(descriptor);
    } catch {
      openSync('/dev/null', 'r+');
    }
  }
}

function replaceConsole(): void {
  let level: LogRecord['level'] = 'INFO';
  let inner: Console | undefined;
  const open = () => {
    const stream = new Writable({
      decodeStrings: false,
      write: (text: string, _encoding, done) => {
        log(level, text.replace(/\n$/, ''));
        done();
      },
    });
    // One record is one line: objects are written on one.
    return new Console({ stdout: stream, stderr: stream, inspectOptions: { breakLength: Number.POSITIVE_INFINITY } });
  };
  const target = globalThis.console as unknown as Record<string, unknown>;
  for (const [name, method] of Object.entries(target)) {
    if (typeof method !== 'function' || name === 'Console') continue;
    target[name] = (...given: unknown[]) => {
      inner ??= open();
      level = LEVELS[name] ?? 'INFO';
      return (inner as unknown as Record<string, (...given: unknown[]) => unknown>)[name]?.(...given);
    };
  }
}
