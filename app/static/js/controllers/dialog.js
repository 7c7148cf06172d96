import { Controller } from "@hotwired/stimulus";

// On <dialog>: closes on a click beside it, and after htmx has sent its form or what a button with data-closes-dialog
// stands for.
export default class extends Controller {
  closeBeside({ target }) {
    if (target === this.element) this.element.close();
  }

  // A refused form stays open, with its errors swapped into it.
  closeAfterForm(event) {
    const { sourceElement, response } = event.detail.ctx;
    if (!this.element.contains(sourceElement) || !this.element.open) return;
    if (sourceElement.matches("form, [data-closes-dialog]") && response.status < 400) this.element.close();
  }
}
