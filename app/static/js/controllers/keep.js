import { BaseController } from "#js/base_controller.js";

const PRESSED = "a[href], button";
// Links of the form that lead away from the page.
const AWAY = "a[href]:not([hx-get], [target], [data-action])";
const isModified = ({ altKey, ctrlKey, metaKey, shiftKey }) => altKey || ctrlKey || metaKey || shiftKey;
// What is typed into a search or a preview is nothing to be kept.
const isKept = (field) => field.type !== "search" && !field.closest("[data-unguarded]");

// On a form that the server keeps with each change, by its button (a target). What was typed last goes before whatever is
// pressed elsewhere on the page: the press waits for the answer, and where that refuses it is dropped, so that the reader
// sees why; the next press is done. `data-when-typed` marks what the page shows, and enables, while something is not kept.
export default class extends BaseController {
  static targets = ["button", "made"];

  // Requests of the form that are under way.
  asked = new Set();

  ended = [];

  connect() {    this.isTyped = this.isRefused = this.isGone = false;
    this.listen(this.element, "input", ({ target }) => isKept(target) && this.note());
    this.listen(this.element, "change", ({ target }) => this.change(target));
    this.listen(this.element, "focusout", () => this.isTyped && this.#soon());
    this.listen(document, "click", (event) => this.hold(event), { capture: true });
    this.listen(document, "htmx:before:request", ({ detail }) => this.begin(detail.ctx));
    this.listen(document, "htmx:finally:request", ({ detail }) => this.end(detail.ctx));
    this.listen(document, "tags-changed", ({ detail }) => this.choose(detail));
    this.listen(window, "beforeunload", (event) => this.isTyped && event.preventDefault());
  }

  // A form that is taken away by other means, such as the browser's way back, sends on its way what it still has.
  disconnect() {
    super.disconnect();
    clearTimeout(this.timer);
    if (this.isTyped && !this.isRefused && !this.asked.size) this.#sendOnTheWay();
    this.isGone = true;
    this.#tell();
  }

  note() {
    this.isTyped = true;
    this.isRefused = false;
    this.#show();
  }

  // A search is answered as well.
  change(target) {
    if (target.closest("[data-unguarded]")) return;
    if (isKept(target)) this.note();
    this.#soon();
  }

  // What the form holds is given up.
  drop() {
    this.isTyped = false;
  }

  // What was made from the form, such as a tag, is chosen in it.
  choose({ account, made } = {}) {
    const place = this.madeTargets.find((one) => one.dataset.account === String(account));
    if (!place || !made) return;
    const chosen = Object.assign(document.createElement("input"), { type: "hidden", name: place.dataset.name, value: made });
    place.append(chosen);
    this.note();
    this.#soon();
  }

  // A press outside of the form, or on a link away, waits until all is kept.
  hold(event) {
    const pressed = event.target.closest?.(PRESSED);
    const isInside = this.element.contains(pressed) && !pressed?.matches(AWAY);
    if (!pressed || isInside || isModified(event) || !this.#isWaiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.settle().then((isDone) => isDone && (pressed.isConnected ? pressed : document.getElementById(pressed.id))?.click());
  }

  // Sends what was typed and waits for the answers; says whether all is kept.
  async settle() {
    while (this.#isWaiting) {
      const answer = new Promise((done) => this.ended.push(done));
      if (!this.asked.size) this.send();
      await answer;
    }
    return !this.isRefused;
  }

  send() {
    clearTimeout(this.timer);
    if (this.hasButtonTarget) this.buttonTarget.click();
  }

  begin(ctx) {
    if (!this.#isOwn(ctx)) return;
    this.asked.add(ctx);
    if (!this.#keeps(ctx)) return;
    clearTimeout(this.timer);
    this.isTyped = false;
  }

  // What another request of the form has changed, such as a button of the composer, is to be kept as well.
  end(ctx) {
    if (!this.asked.delete(ctx)) return;
    const isDone = ctx.response?.status < 400;
    if (this.#keeps(ctx)) {
      this.isRefused = !isDone && !this.isTyped;
      this.isTyped ||= !isDone;
    } else if (isDone) {
      this.isTyped = true;
      this.#soon();
    }
    this.#show();
    this.#tell();
  }

  get #isWaiting() {
    return !this.isGone && (this.asked.size > 0 || (this.isTyped && !this.isRefused));
  }

  #isOwn({ request, sourceElement }) {
    return request.form === this.element && request.method !== "GET" && !sourceElement.closest("[data-by-itself], [data-unguarded]");
  }

  #keeps({ request }) {
    return request.action === this.element.getAttribute("action");
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), 50);
  }

  #tell() {
    for (const done of this.ended.splice(0)) done();
  }

  #show() {
    this.element.toggleAttribute("data-unsaved", this.isTyped);
    if (!this.isTyped) return;
    for (const one of document.querySelectorAll("[data-when-typed]")) {
      one.hidden = false;
      one.disabled = false;
    }
  }

  #sendOnTheWay() {
    const body = new FormData(this.element);
    body.append(this.buttonTarget.name, this.buttonTarget.value);
    fetch(this.element.getAttribute("action"), { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } });
  }
}
