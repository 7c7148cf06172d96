import { Controller } from "@hotwired/stimulus";

// A controller whose listeners on the document or window end with it. Listeners on elements are `data-action`s.
export class BaseController extends Controller {
  #gone = new AbortController();

  listen(target, kind, listener, options = {}) {
    if (this.#gone.signal.aborted) this.#gone = new AbortController();
    target.addEventListener(kind, listener, { ...options, signal: this.#gone.signal });
  }

  disconnect() {
    this.#gone.abort();
  }
}
