import { Controller } from "@hotwired/stimulus";
import { focusables } from "#js/focusable.js";

const page = (address) => address.split("#")[0];
const asksByItself = (element) => (element?.getAttribute?.("hx-trigger") ?? "").includes("every ");
const drawnAt = (target) => (typeof target === "string" ? document.querySelector(target) : target);

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

  // A part of the page that asks by itself waits while a dialog in it is open, which its answer would take away.
  hold(event) {
    const { sourceElement, target } = event.detail.ctx;
    if (this.element.open && asksByItself(sourceElement) && drawnAt(target)?.contains(this.element)) event.preventDefault();
  }

  // A refused form stays open, with its errors swapped into it. A question that could not be fetched leaves nothing to
  // answer: a short message says why.
  closeAfterForm(event) {
    const { sourceElement, response } = event.detail.ctx;
    if (this.element.open && sourceElement.getAttribute?.("commandfor") === this.element.id && response.status >= 400) this.element.close();
    if (!this.element.contains(sourceElement) || !this.element.open) return;
    if (sourceElement.matches("form, [data-closes-dialog]") && response.status < 400) this.element.close();
  }
}
