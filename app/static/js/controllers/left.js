import { BaseController } from "#js/base_controller.js";

// What a reader does in a field; one that only got the focus, as the first field of a new item does, was not filled in yet.
const ACTS = ["pointerdown", "keydown", "input", "change"];
const FIELDS = "input:not([type=hidden], [type=search]), select, textarea";

// Around fields of a form: notes in its field `left` (components/left.html) which ones were left, by name or
// `data-left`. The server says of those only that something is missing; an empty one is looked at as soon as it is left.
export default class extends BaseController {
  static targets = ["names"];

  acted = new WeakSet();

  connect() {
    for (const kind of ACTS) this.listen(this.element, kind, ({ target }) => this.acted.add(target), { capture: true });
    this.listen(this.element, "focusout", (event) => this.leave(event));
  }

  leave({ target, relatedTarget }) {
    const name = target.dataset?.left ?? target.name;
    // Check boxes of one question are one field; a window that goes to the back leaves none.
    if (!name || !this.hasNamesTarget || !this.acted.has(target) || !target.matches(FIELDS)) return;
    if (!target.isConnected || document.activeElement === target || (target.name && relatedTarget?.name === target.name)) return;
    const names = this.namesTarget.value.split(" ").filter(Boolean);
    if (names.includes(name)) return;
    this.namesTarget.value = [...names, name].join(" ");
    if (!target.value || target.type === "checkbox") this.namesTarget.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
