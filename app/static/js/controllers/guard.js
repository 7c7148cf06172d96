import { BaseController } from "#js/base_controller.js";

const snapshot = (form) => JSON.stringify([...new FormData(form)].map(([k, v]) => [k, v instanceof File ? v.name : v]));

// On <form>: the save bar appears once something changed, and leaving the page asks first. `dirty`: the form was refused
// and printed with what was typed, which is not saved either. `reload`: fields come and go, so only the server can reset.
export default class extends BaseController {
  static targets = ["bar"];

  static values = { dirty: Boolean, reload: Boolean };

  connect() {
    this.saved = snapshot(this.element);
    this.isLeaving = false;
    for (const kind of ["input", "change"]) this.listen(this.element, kind, () => this.show());
    this.listen(this.element, "reset", () => this.reset());
    this.listen(this.element, "submit", () => this.element.hasAttribute("hx-post") || this.leave());
    this.listen(document, "htmx:before:request", (event) => this.send(event.detail.ctx));
    this.listen(document, "htmx:finally:request", (event) => this.finish(event.detail.ctx));
    this.listen(document, "htmx:after:swap", () => this.show());
    this.listen(window, "beforeunload", (event) => this.isChanged && !this.isLeaving && event.preventDefault());
    this.show();
  }

  get isChanged() {
    return this.dirtyValue || this.saved !== snapshot(this.element);
  }

  // `data-unsaved` tells others that the form holds what is saved nowhere (typed.js).
  show() {
    const { isChanged } = this;
    this.element.toggleAttribute("data-unsaved", isChanged);
    for (const bar of this.barTargets) bar.classList.toggle("is-needed", isChanged);
  }

  leave() {
    this.isLeaving = true;
  }

  reset() {
    if (!this.dirtyValue && !this.reloadValue) return setTimeout(() => this.show());
    this.leave();
    location.reload();
  }

  send(ctx) {
    if (ctx.sourceElement !== this.element) return;
    this.sent = ctx;
    this.leave();
  }

  // Answers to other requests, such as a preview's, say nothing of whether the form was saved.
  finish(ctx) {
    if (ctx === this.sent && !ctx.hx?.redirect) this.isLeaving = false;
  }
}
