import { BaseController } from "#js/base_controller.js";

const SENT = "1";
const LEADS_AWAY = "away";

// On <body>: a second click must not send a form twice. htmx would queue it, and send it even while the browser leaves.
export default class extends BaseController {
  connect() {
    this.listen(document, "submit", (event) => this.refuse(event), { capture: true });
    // What a controller keeps from being sent as it is, such as an upload, is that controller's own matter.
    this.listen(document, "submit", (event) => event.defaultPrevented || this.mark(event.target));
    // Before it waits for another request.
    this.listen(document, "htmx:config:request", (event) => this.mark(event.detail.ctx.sourceElement));
    this.listen(document, "htmx:before:request", (event) => this.stop(event));
    this.listen(document, "htmx:finally:request", (event) => this.release(event.detail.ctx));
    this.listen(window, "pageshow", () => this.releaseAll());
  }

  refuse(event) {
    if (!event.target.dataset.sent) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  mark(form) {
    if (form instanceof HTMLFormElement && form.method === "post") form.dataset.sent = SENT;
  }

  // A form whose answer leads to another page stays sent.
  release({ sourceElement, hx }) {
    if (!hx?.redirect) delete sourceElement?.dataset.sent;
    else if (sourceElement instanceof HTMLFormElement) sourceElement.dataset.sent = LEADS_AWAY;
  }

  // What waited behind a form whose answer leads to another page is not sent on the way there.
  stop(event) {
    if (event.detail.ctx.request.form?.dataset.sent === LEADS_AWAY) event.preventDefault();
  }

  releaseAll() {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  }
}
