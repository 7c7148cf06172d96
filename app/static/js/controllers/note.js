import { BaseController } from "#js/base_controller.js";

const TYPED = "input:not([type=hidden]), select, textarea, [contenteditable]";

// The form for notes: `n` opens it, and names of members are put where the caret stands.
export default class extends BaseController {
  static targets = ["text"];

  connect() {
    this.listen(document, "keydown", (event) => this.press(event));
  }

  press(event) {
    const isOther = event.key !== "n" || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented;
    if (isOther || document.querySelector("dialog[open]") || event.target.matches?.(TYPED)) return;
    event.preventDefault();
    this.element.open = true;
    this.textTarget.focus();
  }

  mention({ params: { name } }) {
    const { selectionStart: start, selectionEnd: end, value } = this.textTarget;
    const gap = start === 0 || /\s$/.test(value.slice(0, start)) ? "" : " ";
    this.textTarget.focus();
    this.textTarget.setRangeText(`${gap}@${name} `, start, end, "end");
  }
}
