/** Owns the list of what is open between callers and the job's user interface, so that a stop can end it. */

/** A running request, or a WebSocket. */
export interface View {
  /** The job is about to stop: whoever would stay for long has to leave now. */
  goAway(): void;
  /** The time is over. */
  cutOff(): void;
}

export class OpenViews {
  readonly #views = new Set<View>();
  #closed = false;

  /** Whether nothing new may be opened. */
  get closed(): boolean {
    return this.#closed;
  }

  get size(): number {
    return this.#views.size;
  }

  add(view: View): void {
    this.#views.add(view);
  }

  delete(view: View): void {
    this.#views.delete(view);
  }

  goAway(): void {
    this.#closed = true;
    for (const view of [...this.#views]) view.goAway();
  }

  cutOff(): void {
    for (const view of [...this.#views]) view.cutOff();
  }
}
