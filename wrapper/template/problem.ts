/** Owns what is wrong with a template: first without, then with the place where it shows. */
import { UserError } from '../core/errors.ts';

interface Details {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** A message such as `Dockerfile.j2:3:8 manifest.nam is undefined`, once the place is known. */
export class TemplateProblem extends UserError {
  private readonly reason: string;
  private readonly isPlaced: boolean;

  constructor(reason: string, { file, line = 0, column = 0, hint, cause }: Details = {}) {
    const place = [file, ...(line > 0 ? [line] : []), ...(line > 0 && column > 0 ? [column] : [])].join(':');
    super(file === undefined ? reason : `${place} ${reason}`, { ...(hint === undefined ? {} : { hint }), cause });
    this.reason = reason;
    this.isPlaced = file !== undefined;
  }

  /** The same at this place (counted from 0); the innermost place stays. */
  at(file: string, { lineno, colno }: { lineno: number; colno: number }): TemplateProblem {
    if (this.isPlaced) return this;
    return new TemplateProblem(this.reason, {
      file,
      line: lineno + 1,
      column: colno + 1,
      hint: this.hint,
      cause: this,
    });
  }
}
