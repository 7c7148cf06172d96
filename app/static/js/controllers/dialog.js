import { Controller } from "@hotwired/stimulus";

const page = (address) => address.split("#")[0];

// On <dialog>: closes on a click beside it, on a link to a place of the page behind it, and after htmx has sent its form or what a button with data-closes-dialog
// stands for.
export default class extends Controller {
  closeBeside({ target }) {
    const link = target.closest?.("a[href*='#']");
    if (target === this.element || (link && page(link.href) === page(location.href))) this.element.close();
  }

  // A refused form stays open, with its errors swapped into it.
  closeAfterForm(event) {
    const { sourceElement, response } = event.detail.ctx;
    if (!this.element.contains(sourceElement) || !this.element.open) return;
    if (sourceElement.matches("form, [data-closes-dialog]") && response.status < 400) this.element.close();
  }
}
