import { BaseController } from "#js/base_controller.js";

// Browsers spell some values in another way than they were written, for example a time without its seconds.
const spelled = ({ type, min, max, step }, value) => {
  const fresh = document.createElement("input");
  for (const [name, one] of Object.entries({ type, min, max, step })) if (one) fresh.setAttribute(name, one);
  fresh.value = value;
  return fresh.value;
};

const chosen = ({ options, multiple }, isDrawn) => {
  const all = [...options].filter((one) => !one.disabled);
  const found = [...options].filter((one) => (isDrawn ? one.defaultSelected : one.selected));
  return (found.length || multiple ? found : all.slice(0, 1)).map((one) => one.value);
};

// The values of a control: present ones, or those with which the page was drawn.
const valuesOf = (control, isDrawn) => {
  if (control instanceof HTMLSelectElement) return chosen(control, isDrawn);
  if (control.type === "checkbox" || control.type === "radio") return control[isDrawn ? "defaultChecked" : "checked"] ? [control.value] : [];
  if (control.type === "file") return isDrawn ? [] : [...control.files].map((file) => file.name);
  if (!isDrawn) return [control.value];
  return [control instanceof HTMLInputElement ? spelled(control, control.defaultValue) : control.defaultValue];
};

// What the form would send, without what only shapes the page (`data-unguarded`).
const isSent = (control) => control.name && !control.disabled && !(control instanceof HTMLButtonElement) && control.type !== "search" && control.tagName !== "FIELDSET" && !control.closest("[data-unguarded]");
const snapshot = (controls, isDrawn = false) =>
  JSON.stringify([...controls].filter(isSent).map((control) => [control.name, valuesOf(control, isDrawn)]).filter(([, values]) => values.length));

// On <form>: the save bar appears once something changed, and leaving the page asks first. `dirty`: the form was refused
// and printed with what was typed, which is not saved either. What was typed before the script came counts. `reload`: fields come and go, so only the server can reset.
// Of a part (a target) that the server draws again with other fields, it says itself whether they hold changes: `data-guard-changed`.
export default class extends BaseController {
  static targets = ["bar", "part"];

  static values = { dirty: Boolean, reload: Boolean };

  drawn = new WeakMap();

  partTargetConnected(part) {
    this.drawn.set(part, snapshot(this.#in(part), true));
  }

  connect() {
    this.saved = snapshot(this.#outside(), true);
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
    return this.dirtyValue || this.saved !== snapshot(this.#outside()) || this.partTargets.some((part) => this.#isPartChanged(part));
  }

  #isPartChanged(part) {
    return "guardChanged" in part.dataset || this.drawn.get(part) !== snapshot(this.#in(part));
  }

  #in(part) {
    return [...this.element.elements].filter((control) => part.contains(control));
  }

  #outside() {
    return [...this.element.elements].filter((control) => !this.partTargets.some((part) => part.contains(control)));
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

  // The form itself, or a button whose answer leads away (`data-leaves`).
  send(ctx) {
    if (ctx.sourceElement !== this.element && !ctx.sourceElement.matches?.("[data-leaves]")) return;
    this.sent = ctx;
    this.leave();
  }

  // Answers to other requests, such as a preview's, say nothing of whether the form was saved.
  finish(ctx) {
    if (ctx === this.sent && !ctx.hx?.redirect) this.isLeaving = false;
  }
}
