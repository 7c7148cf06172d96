import { BaseController } from "#js/base_controller.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

// A button that opens a list below it: of commands (`.dropdown-item`), or with `stays` of fields to choose from.
export default class extends BaseController {
  static targets = ["button", "list"];

  static values = { stays: Boolean };

  connect() {
    this.listen(document, "click", (event) => this.element.contains(event.target) || this.close());
    this.listen(this.element, "focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.element.contains(relatedTarget)) this.close();
    });
    this.listen(this.element, "keydown", (event) => this.press(event));
    this.listen(this.listTarget, "click", () => this.staysValue || this.choose());
  }

  get isOpen() {
    return this.listTarget.classList.contains("show");
  }

  get items() {
    return [...this.listTarget.querySelectorAll(".dropdown-item:not(:disabled)")].filter((one) => one.checkVisibility?.() ?? true);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    this.show(true);
    // A list that would leave the window at its bottom opens upwards.
    const { top, bottom, height } = this.listTarget.getBoundingClientRect();
    this.listTarget.classList.toggle("is-above", bottom > window.innerHeight && top > height);
  }

  close() {
    if (this.isOpen) this.show(false);
  }

  // The button takes the focus from the chosen item, which is hidden: a dialog that opens now gives it back there.
  choose() {
    if (this.listTarget.contains(document.activeElement)) this.buttonTarget.focus();
    this.close();
  }

  show(isOpen) {
    this.listTarget.classList.remove("is-above");
    this.listTarget.classList.toggle("show", isOpen);
    this.buttonTarget.setAttribute("aria-expanded", isOpen);
  }

  press(event) {
    if (event.key === "Escape" && this.isOpen) {
      event.stopPropagation();
      this.close();
      this.buttonTarget.focus();
    }
    if (event.key in STEPS && (event.target === this.buttonTarget || this.items.includes(event.target))) {
      event.preventDefault();
      if (!this.isOpen) this.open();
      this.step(STEPS[event.key]);
    }
  }

  step(by) {
    const { items } = this;
    const at = items.indexOf(document.activeElement);
    items.at(at < 0 && by < 0 ? -1 : (at + by) % items.length)?.focus();
  }
}
