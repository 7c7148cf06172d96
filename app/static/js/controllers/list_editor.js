import { BaseController } from "#js/base_controller.js";
import { focusWithin } from "#js/focusable.js";

// Shows what the server has drawn: a browser keeps what was chosen in a control, even beside another item.
const asDrawn = (control) => {
  if (control instanceof HTMLSelectElement) {
    for (const option of control.options) option.selected = option.defaultSelected;
  } else if (control.type === "checkbox" || control.type === "radio") {
    control.checked = control.defaultChecked;
  } else if (control.type !== "search") {
    control.value = control.defaultValue;
  }
};

// On <form> around a list of components/list_editor.html, which the server draws again after each button. Requests wait
// for each other, so each speaks of the form as the one before has left it; the focus goes on where the button says.
// The form itself waits as well, behind as many as there are: htmx alone keeps one waiting request and drops the others.
export default class extends BaseController {
  static targets = ["list"];

  touched = new WeakSet();

  next = [];

  connect() {
    if (!this.element.hasAttribute("hx-sync")) this.element.setAttribute("hx-sync", "this:queue all");
    this.listen(document, "htmx:before:request", (event) => this.#isGone(event.detail.ctx) ? this.#pressAgain(event) : this.begin(event.detail.ctx));
    for (const kind of ["pointerdown", "keydown"]) this.listen(document, kind, () => { this.hasActed = true; }, { capture: true });
    // What is typed while the answer is on its way is newer than the answer.
    for (const kind of ["input", "change"]) {
      this.listen(this.element, kind, ({ target }) => this.touched.add(target), { capture: true });
    }
    // Before others look at the form, such as the guard of unsaved changes.
    this.listen(document, "htmx:after:swap", (event) => this.finish(event.detail.ctx), { capture: true });
  }

  begin(ctx) {
    this.#readAgain(ctx);
    if (!this.hasListTarget || ctx.target?.id !== this.listTarget.id) return;
    this.asked = ctx;
    this.hasActed = false;
    this.touched = new WeakSet();
    this.next = (ctx.sourceElement.dataset.next ?? "").split(" ").filter(Boolean);
  }

  // A button that waited while the server drew its part again, and so drew another button in its place.
  #isGone({ sourceElement, request }) {
    return Boolean(request.form) && sourceElement instanceof HTMLButtonElement && !sourceElement.isConnected;
  }

  // Where its form is gone as well, there is nothing to be pressed.
  #pressAgain(event) {
    const { sourceElement, request } = event.detail.ctx;
    const button = document.getElementById(sourceElement.id);
    if (!button && !request.form.isConnected) event.preventDefault();
    if (button?.form !== this.element) return;
    event.preventDefault();
    button.click();
  }

  // An answer that another one follows is not the last word.
  finish(ctx) {
    if (ctx !== this.asked || !this.hasListTarget) return;
    for (const control of this.listTarget.querySelectorAll("input, select, textarea")) {
      if (!this.#isTouched(control)) asDrawn(control);
    }
    // A reader who went elsewhere while it was on its way stays there.
    const present = document.activeElement;
    if (this.hasActed && present && present !== document.body && present !== ctx.sourceElement) return;
    this.next.some((id) => focusWithin(document.getElementById(id)));
  }

  // Choosing one of several radio buttons changes the others as well.
  #isTouched(control) {
    if (control.type !== "radio") return this.touched.has(control);
    return [...this.element.elements].some((one) => one.type === "radio" && one.name === control.name && this.touched.has(one));
  }

  // htmx reads the form when it queues a request, and what was drawn since then is not in it.
  #readAgain({ sourceElement, request }) {
    // A field that stands in the form without belonging to it, such as a search, says itself what it sends.
    const isForeign = sourceElement.hasAttribute?.("form") && sourceElement.form !== this.element;
    if (request.form !== this.element || isForeign) return;
    const pressed = sourceElement instanceof HTMLButtonElement ? sourceElement : request.submitter;
    const submitter = pressed?.form === this.element ? pressed : null;
    request.body = new URLSearchParams(new FormData(this.element, submitter));
  }
}
