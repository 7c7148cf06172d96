import { Controller } from "@hotwired/stimulus";

// A quick answer needs no word in between.
const PATIENCE = 500;

// A preview that says that it is old while the answer about the last change is late, or when there is none.
export default class extends Controller {
  static targets = ["asks"];

  disconnect() {
    clearTimeout(this.late);
  }

  begin({ detail: { ctx } }) {
    if (ctx.sourceElement !== this.asksTarget) return;
    this.asked = ctx;
    clearTimeout(this.late);
    this.late = setTimeout(() => this.mark(true), PATIENCE);
  }

  // An earlier question that was given up for a newer one says nothing.
  end({ detail: { ctx } }) {
    if (ctx === this.asked) this.mark(ctx.response?.status !== 200);
  }

  mark(isAwaited) {
    clearTimeout(this.late);
    this.element.toggleAttribute("data-awaited", isAwaited);
  }
}
