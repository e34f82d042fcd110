/** Owns the readers of single values: each passes a JSON value that fits for certain, and gives up on any other. */
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  type JsonCursor,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from './json-cursor.ts';

/** True when a value that fits was passed; after false the cursor's place is of no use any more. */
export type Reader = (cursor: JsonCursor) => boolean;

export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface Member {
  readonly name: string;
  readonly read: Reader;
  /** The bit that stands for it among the required ones; 0 for one that may be left out. */
  readonly bit: number;
}

const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];

export const never: Reader = () => false;

export const readBoolean: Reader = (cursor) => cursor.exactly(TRUE) || cursor.exactly(FALSE);

export const readNull: Reader = (cursor) => cursor.exactly(NULL);

/** Any JSON value. */
export const readAny: Reader = (cursor) => {
  switch (cursor.peek()) {
    case QUOTE:
      return cursor.string() >= 0;
    case OPEN_LIST:
      return readAnyList(cursor);
    case OPEN_OBJECT:
      return readAnyObject(cursor);
    case 0x74:
    case 0x66:
      return readBoolean(cursor);
    case 0x6e:
      return readNull(cursor);
    default:
      return cursor.number(false);
  }
};

export const readText =
  ({ least, most }: Range): Reader =>
  (cursor) => {
    const size = cursor.string();
    return size >= least && size <= most;
  };

export const readNumber =
  (whole: boolean): Reader =>
  (cursor) =>
    cursor.number(whole);

export const readNumberWithin =
  (whole: boolean, fits: (value: number) => boolean): Reader =>
  (cursor) =>
    cursor.number(whole) && fits(cursor.value);

/** One of some values, known by how they are usually written. */
export const readOneOf =
  (written: ReadonlySet<string>): Reader =>
  (cursor) => {
    const isText = cursor.peek() === QUOTE;
    const start = cursor.at;
    return (isText ? cursor.plainString() : readAny(cursor)) && written.has(cursor.since(start));
  };

export const readFirstOf =
  (readers: readonly Reader[]): Reader =>
  (cursor) => {
    const { at, depth } = cursor;
    for (const read of readers) {
      if (read(cursor)) return true;
      if (!cursor.back(at, depth)) return false;
    }
    return false;
  };

export const readList =
  (read: Reader, { least, most }: Range): Reader =>
  (cursor) => {
    if (!cursor.open(OPEN_LIST)) return false;
    let count = 0;
    if (cursor.peek() !== CLOSE_LIST) {
      do {
        if (!read(cursor)) return false;
        count += 1;
      } while (cursor.take(COMMA));
    }
    return cursor.close(CLOSE_LIST) && count >= least && count <= most;
  };

/** An object whose members usually come in the order in which they were declared. `others` reads all further ones. */
export function readObject(members: readonly Member[], others: Reader): Reader {
  const places = new Map(members.map((member, place) => [member.name, place]));
  const heads = members.map(({ name }) => Buffer.from(`${JSON.stringify(name)}:`));
  const required = members.reduce((bits, { bit }) => bits | bit, 0);
  return (cursor) => {
    if (!cursor.open(OPEN_OBJECT)) return false;
    if (cursor.peek() === CLOSE_OBJECT) return cursor.close(CLOSE_OBJECT) && required === 0;
    let seen = 0;
    let next = 0;
    do {
      const head = heads[next];
      const place = head !== undefined && cursor.exactly(head) ? next : placeOf(cursor, places);
      const member = members[place];
      if (place === NOWHERE || !(member === undefined ? others : member.read)(cursor)) return false;
      if (member !== undefined) {
        seen |= member.bit;
        next = place + 1;
      }
    } while (cursor.take(COMMA));
    return cursor.close(CLOSE_OBJECT) && (seen & required) === required;
  };
}

const NOWHERE = -1;

/** Passes a name and its colon: the place of the member, one behind all of them for a further one, -1 when it is too unusual. */
function placeOf(cursor: JsonCursor, places: ReadonlyMap<string, number>): number {
  cursor.peek();
  const start = cursor.at + 1;
  if (!cursor.plainString()) return NOWHERE;
  const name = cursor.since(start).slice(0, -1);
  return cursor.take(COLON) ? (places.get(name) ?? places.size) : NOWHERE;
}

const readAnyList = readList(readAny, { least: 0, most: Number.POSITIVE_INFINITY });
const readAnyObject = readObject([], readAny);
