import { Controller } from "@hotwired/stimulus";

// Around a bar and an area that on a phone is a sheet below it: the bar shows and hides it, Escape hides it. An answer
// may draw the bar again; the sheet stays as it is.
export default class extends Controller {
  static targets = ["bar", "area"];

  barTargetConnected(bar) {
    bar.setAttribute("aria-expanded", String(this.isOpen));
  }

  get isOpen() {
    return this.element.hasAttribute("data-sheet-open");
  }

  toggle() {
    this.show(!this.isOpen);
    if (this.isOpen) this.areaTarget.querySelector("[tabindex]")?.focus();
  }

  hide() {
    if (!this.isOpen) return;
    this.show(false);
    this.barTarget.focus();
  }

  show(isOpen) {
    this.element.toggleAttribute("data-sheet-open", isOpen);
    this.barTarget.setAttribute("aria-expanded", String(isOpen));
  }
}
