import { Controller } from "@hotwired/stimulus";

// Puts words that the server has found into the answer that is being written; what was put there before gives way.
export default class extends Controller {
  static values = { text: String, replaces: String };

  connect() {
    const field = document.getElementById("chat-text");
    if (!field || !this.textValue) return;
    const { value } = field;
    if (this.replacesValue && value.includes(this.replacesValue)) field.value = value.replace(this.replacesValue, () => this.textValue);
    else if (value.trim()) field.setRangeText(this.#apart(value, field.selectionStart), field.selectionStart, field.selectionEnd, "end");
    else field.value = this.textValue;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #apart(value, at) {
    return at === 0 || /\s$/.test(value.slice(0, at)) ? this.textValue : `\n${this.textValue}`;
  }
}
