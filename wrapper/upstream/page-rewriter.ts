/** Owns changing links in pages on their way to the caller, piece by piece. */
import { Transform, type TransformCallback } from 'node:stream';
import { Tokenizer } from 'htmlparser2';
import { type Attribute, type ChangeAddress, changeAttribute, changeCss } from './page-links.ts';

/** A tag or a style sheet that is longer than this is not held back any more: it goes out as it is. */
const HELD_LIMIT = 1024 * 1024;

/** Text in, text out, as bytes: links are ASCII in every encoding that pages have today. */
abstract class TextTransform extends Transform {
  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, Buffer.from(this.change(piece.toString('latin1')), 'latin1'));
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.from(this.rest(), 'latin1'));
  }

  /** What can go out now. */
  protected abstract change(text: string): string;
  /** What is left. */
  protected abstract rest(): string;
}

export class CssRewriter extends TextTransform {
  readonly #changeAddress: ChangeAddress;
  #held = '';

  constructor(change: ChangeAddress) {
    super();
    this.#changeAddress = change;
  }

  /** A link is never cut: what follows the last complete statement waits for more. */
  protected change(text: string): string {
    this.#held += text;
    const end = Math.max(...['\n', ';', '}'].map((mark) => this.#held.lastIndexOf(mark))) + 1;
    return this.#release(this.#held.length - end > HELD_LIMIT ? this.#held.length : end);
  }

  protected rest(): string {
    return this.#release(this.#held.length);
  }

  #release(end: number): string {
    const ready = this.#held.slice(0, end);
    this.#held = this.#held.slice(end);
    return changeCss(ready, this.#changeAddress);
  }
}

/** Longer than the names that matter. */
const NAME_LENGTH = 16;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface OpenAttribute {
  readonly name: string;
  start: number;
  end: number;
}

export class HtmlRewriter extends TextTransform {
  readonly #changeAddress: ChangeAddress;
  readonly #tokenizer: Tokenizer;
  /** What has not gone out yet begins at this place of the page. */
  #from = 0;
  #held = '';
  /** Where the tag or the style sheet begins that is not complete yet. */
  #open: number | undefined;
  /** Where the last complete tag ends. */
  #done = 0;
  #tag = '';
  #attributes: OpenAttribute[] = [];
  #edits: Edit[] = [];
  #inStyle = false;

  constructor(change: ChangeAddress) {
    super();
    this.#changeAddress = change;
    const ignore = () => {};
    this.#tokenizer = new Tokenizer(
      { decodeEntities: false },
      {
        onopentagname: (start, end) => this.#onTag(start, end),
        onattribname: (start, end) =>
          this.#attributes.push({ name: this.#text(start, end).toLowerCase(), start: -1, end: -1 }),
        onattribdata: (start, end) => this.#onValue(start, end),
        onattribend: ignore,
        onopentagend: (end) => this.#onTagEnd(end),
        onselfclosingtag: (end) => this.#onTagEnd(end),
        onclosetag: (start) => this.#onClose(start),
        onattribentity: ignore,
        oncdata: ignore,
        oncomment: ignore,
        ondeclaration: ignore,
        onend: ignore,
        onprocessinginstruction: ignore,
        ontext: ignore,
        ontextentity: ignore,
      },
    );
  }

  protected change(text: string): string {
    this.#held += text;
    this.#tokenizer.write(text);
    if (this.#held.length > HELD_LIMIT) this.#forget();
    return this.#release(this.#open ?? this.#from + this.#beforeName());
  }

  protected rest(): string {
    return this.#release(this.#from + this.#held.length);
  }

  /** Where the text ends that is no beginning of a tag: a name is read as a whole. */
  #beforeName(): number {
    const start = this.#held.indexOf('<', Math.max(this.#held.length - NAME_LENGTH, this.#done - this.#from));
    return start < 0 ? this.#held.length : start;
  }

  #onTag(start: number, end: number): void {
    this.#open = Math.max(start, this.#from);
    this.#tag = this.#text(start, end).toLowerCase();
    this.#attributes = [];
  }

  #onValue(start: number, end: number): void {
    const attribute = this.#attributes.at(-1);
    if (!attribute) return;
    if (attribute.start < 0) attribute.start = start;
    attribute.end = end;
  }

  #onTagEnd(end: number): void {
    this.#done = end + 1;
    if (this.#open === undefined) return; // too long: it has gone out
    const tag = this.#attributes.map(({ name, start, end: stop }) => ({ name, value: this.#text(start, stop) }));
    for (const [at, attribute] of this.#attributes.entries()) {
      if (attribute.start >= 0) this.#changeValue(attribute, tag[at] as Attribute, tag);
    }
    this.#inStyle = this.#tag === 'style';
    this.#open = this.#inStyle ? end + 1 : undefined;
  }

  #changeValue({ start, end }: OpenAttribute, attribute: Attribute, tag: readonly Attribute[]): void {
    const text = changeAttribute(attribute, tag, this.#changeAddress);
    if (text !== attribute.value) this.#edits.push({ start, end, text });
  }

  #onClose(start: number): void {
    this.#done = start;
    if (!this.#inStyle || this.#open === undefined) return;
    const end = start - '</'.length;
    this.#edits.push({ start: this.#open, end, text: changeCss(this.#text(this.#open, end), this.#changeAddress) });
    this.#inStyle = false;
    this.#open = undefined;
  }

  /** What is so long is left as it is. */
  #forget(): void {
    this.#open = undefined;
    this.#inStyle = false;
  }

  #text(start: number, end: number): string {
    return start < this.#from ? '' : this.#held.slice(start - this.#from, end - this.#from);
  }

  /** Everything before this place of the page, with its changes. */
  #release(until: number): string {
    let ready = '';
    let at = this.#from;
    for (const { start, end, text } of this.#edits) {
      ready += this.#text(at, start) + text;
      at = end;
    }
    ready += this.#text(at, until);
    this.#held = this.#held.slice(until - this.#from);
    this.#from = until;
    this.#edits = [];
    return ready;
  }
}
