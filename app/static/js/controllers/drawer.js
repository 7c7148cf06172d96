import { Controller } from "@hotwired/stimulus";
import { focusWithin } from "#js/focusable.js";

// On <dialog>: opens once htmx has filled its body, and gives the focus back to what opened it.
export default class extends Controller {
  static targets = ["body", "title"];

  // A refusal without content, such as that of an account that is gone, opens nothing.
  open({ detail: { ctx } }) {
    if (ctx.target !== this.bodyTarget || !this.bodyTarget.firstElementChild) return;
    const opener = ctx.sourceElement;
    if (!this.bodyTarget.contains(opener)) {
      this.opener = opener;
      this.titleTarget.textContent = opener.dataset.drawerTitle ?? "";
    }
    if (!this.element.open) this.element.showModal();
    this.#focus();
  }

  // A button inside that changes the page below, marked `data-drawer-close`, closes the drawer as it is sent.
  // It stays in the document until the next content, since htmx tells of the answer on it.
  yield({ detail: { ctx } }) {
    if (!this.element.contains(ctx.sourceElement) || !ctx.sourceElement.hasAttribute("data-drawer-close")) return;
    this.isAwaited = true;
    this.element.close();
  }

  // A form that is done with its answer, marked `data-drawer-done`, closes the drawer; a refused one stays open.
  finish({ detail: { ctx } }) {
    const isDone = this.element.contains(ctx.sourceElement) && ctx.sourceElement.hasAttribute("data-drawer-done");
    if (!isDone || ctx.response.status >= 400) return;
    this.isAwaited = true;
    this.element.close();
  }

  closeBeside({ target }) {
    if (target === this.element) this.element.close();
  }

  // Nothing in it goes on asking. The browser gives the focus back to what had it; where it could not, the opener takes
  // it, which is found by its id, since a list below may have been drawn again.
  empty() {
    if (!this.isAwaited) this.bodyTarget.replaceChildren();
    this.isAwaited = false;
    const opener = this.opener?.isConnected ? this.opener : document.getElementById(this.opener?.id ?? "");
    const present = document.activeElement;
    if (!present || present === document.body || this.element.contains(present)) opener?.focus();
    this.opener = null;
  }

  #focus() {
    const field = this.bodyTarget.querySelector("[autofocus], input:not([type=hidden]), select, textarea");
    if (!focusWithin(field)) this.titleTarget.focus();
  }
}
