/** Owns what a job sees of the request that it is answering; everything is read when it is asked for. */
import type { CallMeta } from '../../../wrapper/protocol/messages.ts';
import type { RequestContext } from '../sdk/request-context.ts';

export class RequestView implements RequestContext {
  readonly id: number;
  /** The caller has left, or the deadline has passed. */
  cancelled = false;
  readonly #given: Buffer | CallMeta;
  #meta: CallMeta | undefined;
  #headers: Headers | undefined;
  #aborter: AbortController | undefined;

  /** `meta` may be the JSON of the frame. */
  constructor(id: number, meta: Buffer | CallMeta) {
    this.id = id;
    this.#given = meta;
  }

  cancel(): void {
    this.cancelled = true;
    this.#aborter?.abort(new DOMException('the caller no longer waits for this call', 'AbortError'));
  }

  get meta(): CallMeta {
    this.#meta ??= Buffer.isBuffer(this.#given) ? readMeta(this.#given) : this.#given;
    return this.#meta;
  }

  /** A header without the cost of a Headers object; several of one name are joined. */
  header(name: string): string | undefined {
    const raw = this.meta.headers ?? [];
    const values = raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
    return values.length === 0 ? undefined : values.join(', ');
  }

  get method(): string {
    return this.meta.method ?? 'POST';
  }

  get path(): string {
    return this.meta.path ?? '/api/v1/perform';
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.meta.query);
  }

  get params(): Readonly<Record<string, string>> {
    return this.meta.params ?? {};
  }

  get headers(): Headers {
    if (!this.#headers) {
      this.#headers = new Headers();
      const raw = this.meta.headers ?? [];
      for (let at = 0; at + 1 < raw.length; at += 2) this.#headers.append(raw[at] as string, raw[at + 1] as string);
    }
    return this.#headers;
  }

  get tracingId(): string | undefined {
    return this.header((process.env.REQUEST_TRACING_HEADER || 'X-Request-Tracing-Id').toLowerCase());
  }

  get caller(): string | undefined {
    return this.header((process.env.CALLER_NAME_HEADER || 'X-Caller-Name').toLowerCase());
  }

  get client(): string | undefined {
    return this.meta.client;
  }

  get deadline(): number | undefined {
    return this.meta.deadline;
  }

  get signal(): AbortSignal {
    if (!this.#aborter) {
      this.#aborter = new AbortController();
      if (this.cancelled) this.cancel();
    }
    return this.#aborter.signal;
  }
}

const readMeta = (bytes: Buffer): CallMeta => (bytes.length > 0 ? (JSON.parse(bytes.toString()) as CallMeta) : {});
