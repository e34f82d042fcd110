/** Owns the log: line shapes, levels, and a buffered writer that never makes a call wait for a slow reader. */
import { write } from 'node:fs';

export const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type Level = (typeof LEVELS)[number];
export type Fields = { readonly [key: string]: unknown };

/** Where lines go. `write` must not block. */
export interface LogSink {
  write(text: string): void;
  /** Writes out what is buffered, for the end of the process; gives up on a reader that is stuck. */
  flush(): Promise<void>;
  /** Lines given up because nobody read them. */
  readonly dropped: number;
}

export interface Logger {
  log(level: Level, message: string, fields?: Fields): void;
  /** A line that already has its final form. */
  verbatim(line: string): void;
  /** False for levels that are not shown: lets hot code skip building the message. */
  shows(level: Level): boolean;
}

const SHORT: Record<Level, string> = {
  DEBUG: 'DEBUG',
  INFO: 'INFO ',
  WARNING: 'WARN ',
  ERROR: 'ERROR',
  CRITICAL: 'CRIT ',
};
const COLOR: Record<Level, string> = {
  DEBUG: '\x1b[34m',
  INFO: '\x1b[32m',
  WARNING: '\x1b[33m',
  ERROR: '\x1b[31m',
  CRITICAL: '\x1b[31m',
};
const FLUSH_MS = 10;
const FLUSH_LIMIT_MS = 1000;
const BUFFER_LIMIT = 8 * 1024 * 1024;

/** Creates the logger: `[time] LEVEL message, key=value` lines, or one JSON object a line when `structured`. */
export function createLogger(sink: LogSink, options: { structured: boolean; colors?: boolean; level?: Level }): Logger {
  const least = LEVELS.indexOf(options.level ?? 'DEBUG');
  const format = options.structured ? formatStructured : options.colors ? formatColored : formatText;
  return {
    log(level, message, fields) {
      if (LEVELS.indexOf(level) >= least) sink.write(format(level, message, fields));
    },
    verbatim: (line) => sink.write(`${line}\n`),
    shows: (level) => LEVELS.indexOf(level) >= least,
  };
}

/** Takes any spelling of a level (`debug`, `warn`, `Error`); undefined for what is none. */
export function parseLevel(text: string | undefined): Level | undefined {
  const name = text?.trim().toUpperCase();
  if (name === 'WARN') return 'WARNING';
  if (name === 'CRIT' || name === 'FATAL') return 'CRITICAL';
  return LEVELS.find((level) => level === name);
}

function formatText(level: Level, message: string, fields?: Fields): string {
  return `[${localTime()}] ${SHORT[level]} ${escapeBreaks(message)}${fields ? joinFields(fields) : ''}\n`;
}

function formatColored(level: Level, message: string, fields?: Fields): string {
  const rest = fields ? joinFields(fields) : '';
  return `\x1b[2m[${localTime()}]\x1b[0m ${COLOR[level]}${SHORT[level]}\x1b[0m ${escapeBreaks(message)}${rest && `\x1b[2m${rest}\x1b[0m`}\n`;
}

function formatStructured(level: Level, message: string, fields?: Fields): string {
  const own = { time: utcMicroseconds(), lvl: level, msg: message };
  return `${JSON.stringify({ ...own, ...fields, ...own })}\n`; // first in their place, last in their value
}

function joinFields(fields: Fields): string {
  let text = '';
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined) continue;
    const plain = escapeBreaks(
      typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value),
    );
    const name = escapeBreaks(key);
    text += plain.includes(' ') ? `, ${name}="${plain.replaceAll('"', '\\"')}"` : `, ${name}=${plain}`;
  }
  return text;
}

// Control characters but the tab, and whatever else a terminal or a reader takes for the end of a line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const BREAKING = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/;
const EVERY_BREAKING = new RegExp(BREAKING, 'g');

/** One record is one line: nobody can forge a second one through a path or a message. */
function escapeBreaks(text: string): string {
  return BREAKING.test(text) ? text.replace(EVERY_BREAKING, escapeCharacter) : text;
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
}

let cachedSecond = -1;
let cachedTime = '';

function localTime(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== cachedSecond) {
    cachedSecond = second;
    const date = new Date(now);
    const two = (n: number) => String(n).padStart(2, '0');
    cachedTime =
      `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
      `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  }
  return cachedTime;
}

function utcMicroseconds(): string {
  return `${new Date().toISOString().slice(0, -1)}000Z`;
}

/**
 * A sink on a file descriptor. Lines are gathered for 10 ms and written by the thread pool; when the reader is stuck, memory is
 * bounded: lines over 8 MiB are dropped, counted, and the gap is told in the log itself.
 */
export function descriptorSink(descriptor: number, options: { structured?: boolean } = {}): LogSink {
  const format = options.structured ? formatStructured : formatText;
  let buffered = '';
  let writing = false;
  let timer: NodeJS.Timeout | undefined;
  let dropped = 0;
  let untold = 0;

  function later(milliseconds: number): void {
    if (timer === undefined) timer = setTimeout(flushSoon, milliseconds).unref();
  }
  function flushSoon(): void {
    clearTimeout(timer);
    timer = undefined;
    if (writing || buffered === '') return;
    const bytes = Buffer.from(buffered);
    buffered = '';
    writing = true;
    writeAll(bytes);
  }
  function writeAll(bytes: Buffer): void {
    write(descriptor, bytes, 0, bytes.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(writeAll, FLUSH_MS, bytes).unref();
      } else if (!error && written < bytes.length) {
        writeAll(bytes.subarray(written));
      } else {
        writing = false; // a reader that is gone (EPIPE) loses its lines, the service goes on
        if (buffered !== '') later(FLUSH_MS);
      }
    });
  }
  return {
    write(text) {
      if (buffered.length + text.length > BUFFER_LIMIT) {
        dropped += 1;
        untold += 1;
        return;
      }
      if (untold > 0) {
        const lines = untold === 1 ? '1 log line was' : `${untold} log lines were`;
        buffered += format('WARNING', `${lines} dropped because nobody read the log`);
        untold = 0;
      }
      buffered += text;
      later(FLUSH_MS);
    },
    async flush() {
      const until = Date.now() + FLUSH_LIMIT_MS;
      while ((writing || buffered !== '') && Date.now() < until) {
        flushSoon();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    get dropped() {
      return dropped;
    },
  };
}
