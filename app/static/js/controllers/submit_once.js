import { BaseController } from "#js/base_controller.js";

// On <body>: a second click must not send a form twice. htmx would queue it, and send it even while the browser leaves.
export default class extends BaseController {
  connect() {
    this.listen(document, "submit", (event) => this.refuse(event), { capture: true });
    // What a controller keeps from being sent as it is, such as an upload, is that controller's own matter.
    this.listen(document, "submit", (event) => event.defaultPrevented || this.mark(event.target));
    this.listen(document, "htmx:before:request", (event) => this.mark(event.detail.ctx.sourceElement));
    this.listen(document, "htmx:finally:request", (event) => this.release(event.detail.ctx));
    this.listen(window, "pageshow", () => this.releaseAll());
  }

  refuse(event) {
    if (!event.target.dataset.sent) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  mark(form) {
    if (form instanceof HTMLFormElement && form.method === "post") form.dataset.sent = "1";
  }

  // A form whose answer leads to another page stays sent.
  release({ sourceElement, hx }) {
    if (!hx?.redirect) delete sourceElement?.dataset.sent;
  }

  releaseAll() {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  }
}
