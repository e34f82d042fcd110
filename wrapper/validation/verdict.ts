/** Owns what the check of a body says: nothing, or why it is refused. */

/** One mistake in a body: a row of `detail`, as Python's checked endpoints report them, with the place as a pointer beside it. */
export interface ErrorRow {
  /** pydantic's name of the mistake where it has an obvious one, else the keyword of JSON Schema. */
  readonly type: string;
  /** `body`, then the keys and indices that lead to the place. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** What was received there; left out when it is large. */
  readonly input?: unknown;
  /** The limit or the allowed values that the message speaks of. */
  readonly ctx?: { readonly [name: string]: unknown };
  /** The place within the body as a JSON pointer (RFC 6901). */
  readonly pointer: string;
}

export interface Refusal {
  readonly status: 400 | 422;
  /** None with status 400: the body cannot even be read as JSON text. */
  readonly rows: readonly ErrorRow[];
}

/** Undefined when nothing is wrong. */
export type Verdict = Refusal | undefined;

/** A wrong encoding, or nested too deeply. */
export const UNREADABLE: Refusal = { status: 400, rows: [] };

export const TOO_COMPLEX: Refusal = {
  status: 422,
  rows: [{ type: 'too_complex', loc: ['body'], msg: 'Checking the body takes too much time or memory', pointer: '' }],
};

/** A body that is declared as something else than JSON is a text, whatever stands in it. */
export const textInstead = (text: string | undefined): Refusal => ({
  status: 422,
  rows: [
    {
      type: 'dict_type',
      loc: ['body'],
      msg: 'Input should be a valid dictionary',
      ...(text !== undefined && { input: text }),
      pointer: '',
    },
  ],
});

/** What the caller receives. */
export const refusalBody = ({ status, rows }: Refusal): object => ({
  detail: status === 400 ? 'There was an error parsing the body' : rows,
});

/** The first mistakes in one line, for a log: `/numbers/3: Input should be a valid integer`. */
export function summaryOf({ rows }: Refusal): string {
  const shown = rows.slice(0, 3).map(({ pointer, msg }) => (pointer === '' ? msg : `${pointer}: ${msg}`));
  const more = rows.length - shown.length;
  return `${shown.join('; ') || 'it cannot be read as JSON'}${more > 0 ? `; and ${more} more` : ''}`;
}
