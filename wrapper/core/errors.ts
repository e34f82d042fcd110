/** Owns the errors that reach people: what a command line user reads, and what a caller of a job receives. */

/** Who has to act on an error. */
export type Fault = 'caller' | 'job' | 'platform';

/** A mistake that the person at the command line can mend: shown as a message and a hint, never as a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What to do about it. */
  readonly hint: string | undefined;
  /** 2 for wrong usage, 1 for everything else. */
  readonly exitCode: number;

  constructor(message: string, options: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Every error the wrapper itself answers with: its HTTP status and whose fault it is. The status stands nowhere else. */
export const CALL_ERRORS = {
  BadRequest: { status: 400, fault: 'caller' },
  JobBusy: { status: 429, fault: 'platform' },
  RequestTimeout: { status: 408, fault: 'caller' },
  PayloadTooLarge: { status: 413, fault: 'caller' },
  HeadersTooLarge: { status: 431, fault: 'caller' },
  UnsupportedTransferEncoding: { status: 501, fault: 'caller' },
  BadReply: { status: 500, fault: 'job' },
  OutputInvalid: { status: 500, fault: 'job' },
  JobCrashed: { status: 502, fault: 'job' },
  ProgramUnreachable: { status: 502, fault: 'job' },
  ProgramReplyInvalid: { status: 502, fault: 'job' },
  JobRestarting: { status: 503, fault: 'job' },
  ShuttingDown: { status: 503, fault: 'platform' },
  BodyNotStored: { status: 507, fault: 'platform' },
  JobTimeout: { status: 504, fault: 'job' },
} as const satisfies Record<string, { status: number; fault: Fault }>;
export type CallErrorType = keyof typeof CALL_ERRORS;

/** The text of an unknown thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
