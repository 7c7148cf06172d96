import { Controller } from "@hotwired/stimulus";

// On a JSON field with what is wrong below it: draws line numbers, marks wrong lines, and puts the cursor into a line
// that is chosen in the list.
export default class extends Controller {
  static targets = ["field", "numbers", "problems"];

  connect() {
    this.mark();
  }

  problemsTargetConnected() {
    this.mark();
  }

  // Another text, such as an example, is read from its beginning.
  redraw() {
    if (this.hasFieldTarget && this.fieldTarget.value !== this.text) {
      this.fieldTarget.setSelectionRange(0, 0);
      this.fieldTarget.scrollTop = 0;
    }
    this.mark();
  }

  mark() {
    if (!this.hasFieldTarget || !this.hasNumbersTarget) return;
    this.text = this.fieldTarget.value;
    const wrong = new Set([...this.problemsTarget.children].map((one) => Number(one.dataset.line)));
    this.#count(this.fieldTarget.value.split("\n").length);
    [...this.numbersTarget.children].forEach((one, at) => one.classList.toggle("is-wrong", wrong.has(at + 1)));
    this.fieldTarget.classList.toggle("is-invalid", wrong.size > 0);
    this.fieldTarget.setAttribute("aria-invalid", wrong.size > 0);
    this.scroll();
  }

  scroll() {
    this.numbersTarget.style.setProperty("--code-scrolled", `${-this.fieldTarget.scrollTop}px`);
  }

  go({ currentTarget }) {
    const field = this.fieldTarget;
    const lines = field.value.split("\n");
    const line = Math.min(Number(currentTarget.dataset.line), lines.length);
    const before = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const start = before + Math.min(Number(currentTarget.dataset.column) - 1, lines[line - 1].length);
    field.focus();
    field.setSelectionRange(start, before + lines[line - 1].length);
    field.scrollTop = Math.max(0, (field.scrollHeight * (line - 3)) / lines.length);
    this.scroll();
  }

  #count(total) {
    const numbers = this.numbersTarget;
    while (numbers.childElementCount > total) numbers.lastElementChild.remove();
    while (numbers.childElementCount < total) {
      const one = document.createElement("span");
      one.textContent = numbers.childElementCount + 1;
      numbers.append(one);
    }
  }
}
