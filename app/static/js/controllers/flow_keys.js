import { BaseController } from "#js/base_controller.js";
import { ARROWS, focusPlace, nextPlace, placeOf } from "#js/flow_places.js";

const TYPED = "input:not([type=hidden]), select, textarea, [contenteditable]";
// A step that may be changed.
const STEP = ".workflow-card[data-drawer-title]";

// The keys of a drawn flow, which the dialog `#flow-keys` lists. They speak of the place that has the focus, or had it last
// where nothing has it now; each does what a button does. `command` is a button of the flow's form that sends a change.
export default class extends BaseController {
  static targets = ["canvas", "command"];

  static values = { copy: String, cut: String, paste: String, removal: String };

  connect() {
    this.listen(document, "keydown", (event) => this.press(event));
    this.listen(this.canvasTarget, "focusin", ({ target }) => { this.last = placeOf(target)?.id ?? this.last; });
  }

  press(event) {
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]") || event.target.matches?.(TYPED)) return;
    const act = event.ctrlKey || event.metaKey ? this.#withControl(event) : this.#plain(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #plain({ key, target }) {
    if (key === "?") return () => document.getElementById("flow-keys").showModal();
    const place = this.#place(target);
    if (!place) return null;
    if (key in ARROWS) return () => focusPlace(nextPlace(this.canvasTarget, this.#from(target, place), ARROWS[key]));
    if (key === "+") return () => this.#additions(place)[0]?.click();
    if (key === "Enter" && target.tagName !== "A" && target.tagName !== "BUTTON") return () => (place.querySelector("a") ?? place).click();
    if ((key === "Delete" || key === "Backspace") && place.matches(STEP)) return () => this.#ask(place);
    return null;
  }

  #withControl({ key, shiftKey, target }) {
    const letter = key.toLowerCase();
    const way = letter === "y" || (letter === "z" && shiftKey) ? "redo" : letter === "z" && "undo";
    if (way) return () => this.#go(document.getElementById(way));
    const place = this.#place(target);
    if (!place || shiftKey || !(window.getSelection?.()?.isCollapsed ?? true)) return null;
    if (letter === "v") return () => this.#paste(place);
    const url = { c: this.copyValue, x: this.cutValue }[letter];
    return url && place.matches(STEP) ? () => this.#send(this.#of(url, place)) : null;
  }

  // Where nothing has the focus, the place that had it last; elsewhere on the page these keys are not ours.
  #place(target) {
    if (target !== document.body) return this.canvasTarget.contains(target) ? placeOf(target) : null;
    const remembered = [this.last ?? "", location.hash.slice(1), "node-start"].map((id) => document.getElementById(id));
    return remembered.find((one) => this.canvasTarget.contains(one));
  }

  // A button between places is where the reader stands.
  #from(target, place) {
    return target === document.body || place.contains(target) ? place : target;
  }

  // Links that add something at a place: the place itself, the question at which of several exits, or that of its one exit.
  #additions(place) {
    if (place.matches(".flow-add")) return [place];
    const id = place.id.replace(/^node-/, "");
    const own = ["ask", "add"].flatMap((word) => [...this.canvasTarget.querySelectorAll(`[id^="${word}-${id === "start" ? "trigger" : id}-"]`)]);
    // Triggers that lead to the same step have one place below them.
    return own.length ? own : [...(place.closest(".flow-triggers")?.parentElement.querySelectorAll(":scope > .flow-steps > .flow-between .flow-add") ?? [])];
  }

  #ask(card) {
    window.htmx.ajax("GET", this.#of(this.removalValue, card), { source: card, target: "#drawer-body", swap: "innerHTML" });
  }

  #paste(place) {
    const [link] = this.#additions(place);
    if (link?.id.startsWith("ask-")) link.click();
    else if (link) this.#send(`${this.pasteValue}${new URL(link.href).search}`);
  }

  // The button itself would take the focus.
  #go(button) {
    if (button && !button.disabled) this.#send(button.getAttribute("formaction"));
  }

  #send(url) {
    this.commandTarget.setAttribute("hx-post", url);
    this.commandTarget.click();
  }

  #of(url, card) {
    return url.replace("STEP", card.id.replace(/^node-/, ""));
  }
}
