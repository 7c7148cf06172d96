import { Controller } from "@hotwired/stimulus";
import { focusables } from "#js/focusable.js";

const page = (address) => address.split("#")[0];

// On <dialog>: closes on a click beside it, on a link to a place of the page behind it, and after htmx has sent its form or what a button with data-closes-dialog
// stands for. A question that came after it had opened gets the focus, which only the close button could have until then.
export default class extends Controller {
  closeBeside({ target }) {
    const link = target.closest?.("a[href*='#']");
    if (target === this.element || (link && page(link.href) === page(location.href))) this.element.close();
  }

  enter({ detail: { ctx } }) {
    if (ctx.sourceElement?.getAttribute("commandfor") !== this.element.id) return;
    const controls = focusables(this.element).filter((one) => !one.matches(".dialog > .btn-close"));
    if (!controls.includes(document.activeElement)) controls[0]?.focus();
  }

  // A refused form stays open, with its errors swapped into it.
  closeAfterForm(event) {
    const { sourceElement, response } = event.detail.ctx;
    if (!this.element.contains(sourceElement) || !this.element.open) return;
    if (sourceElement.matches("form, [data-closes-dialog]") && response.status < 400) this.element.close();
  }
}
