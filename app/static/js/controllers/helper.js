import { BaseController } from "#js/base_controller.js";

const TYPED = "input:not([type=hidden]), select, textarea, [contenteditable]";

// What helps to answer, above the composer: `/` opens the canned replies where nothing is typed yet, Escape closes them.
export default class extends BaseController {
  static targets = ["canned", "place"];

  connect() {
    this.listen(document, "keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && this.placeTarget.contains(event.target)) return this.close();
    const isEmptyAnswer = event.target.id === "chat-text" && event.target.value === "";
    if (event.key !== "/" || (event.target.matches?.(TYPED) && !isEmptyAnswer) || !this.hasCannedTarget) return;
    event.preventDefault();
    this.cannedTarget.click();
  }

  close() {
    this.placeTarget.replaceChildren();
    document.getElementById("chat-text")?.focus();
  }
}
