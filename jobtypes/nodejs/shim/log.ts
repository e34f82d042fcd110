/** Owns what the shim and the job say: log records, each tied to the call that it was said in. */
import process from 'node:process';
import { FrameType } from '../../../wrapper/protocol/frame.ts';
import type { LogRecord } from '../../../wrapper/protocol/messages.ts';
import { requests } from '../sdk/request-context.ts';
import type { Connection } from './connection.ts';
import { textOf, typeOf } from './failures.ts';
import type { RequestView } from './request-view.ts';
import { rootCause, traceback } from './traceback.ts';

/** Longer messages are cut, as lines that a job prints are. */
const MAX_MESSAGE = 64 * 1024;

let connection: Connection | undefined;

/** Directs the log of this process to the wrapper. */
export function sendLogTo(target: Connection): void {
  connection = target;
}

export function log(level: LogRecord['level'], message: string, extra?: LogRecord['extra']): void {
  const record: LogRecord = { level, message: message.slice(0, MAX_MESSAGE), ...(extra && { extra }) };
  const request = requests.getStore() as RequestView | undefined;
  if (connection) connection.send(FrameType.log, request?.id ?? 0, { body: [Buffer.from(JSON.stringify(record))] });
  else process.stderr.write(`${message}\n`);
}

/** An error that no caller gets to see. */
export function logError(what: string, error: unknown): void {
  const extra = { cause: typeOf(rootCause(error)), traceback: traceback(error), fault: 'job' };
  log('ERROR', `${what}: ${textOf(error)}`, extra);
}
