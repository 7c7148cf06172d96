import { BaseController } from "#js/base_controller.js";
import { scrollFlow } from "#js/flow_places.js";

// Branches of a drawn flow that are collapsed. The server draws all of them; what is collapsed is kept in this browser
// until it is closed, and what is to be seen, such as the step whose form is open, is shown again.
export default class extends BaseController {
  static targets = ["fold"];

  connect() {
    this.folded = new Set(this.#read());
    this.apply();
    this.reveal(location.hash);
    this.listen(document, "htmx:after:swap", () => this.apply());
    this.listen(document, "click", ({ target }) => this.reveal(target.closest?.('a[href^="#node-"]')?.getAttribute("href")));
  }

  toggle({ currentTarget }) {
    const { fold } = currentTarget.dataset;
    const before = currentTarget.getBoundingClientRect();
    if (!this.folded.delete(fold)) this.folded.add(fold);
    this.#keep();
    this.#scrollBack(currentTarget, before);
  }

  // A flow that gets narrower or wider moves below the reader; what they pressed stays under their finger.
  #scrollBack(button, before) {
    const after = button.getBoundingClientRect();
    const canvas = button.closest("[data-zoom-target=canvas]");
    if (canvas) scrollFlow(canvas, after.left - before.left, after.top - before.top);
  }

  apply() {
    const open = this.element.querySelector("[data-step]")?.dataset.step;
    if (open) this.#unfoldAround(document.getElementById(`node-${open}`));
    for (const fold of this.foldTargets) {
      const isFolded = this.folded.has(fold.dataset.fold);
      fold.closest(".flow-step").classList.toggle("is-folded", isFolded);
      fold.setAttribute("aria-expanded", String(!isFolded));
    }
  }

  // `address` is that of a card on this page.
  reveal(address) {
    if (address?.startsWith("#node-") && this.#unfoldAround(document.getElementById(address.slice(1)))) this.#keep();
  }

  #unfoldAround(card) {
    let isChanged = false;
    for (let step = card?.closest(".flow-step")?.parentElement.closest(".flow-step"); step; step = step.parentElement.closest(".flow-step")) {
      isChanged = this.folded.delete(step.querySelector("[data-fold]")?.dataset.fold) || isChanged;
    }
    return isChanged;
  }

  #keep() {
    this.apply();
    sessionStorage.setItem(this.#store, JSON.stringify([...this.folded]));
  }

  get #store() {
    return `folds:${this.element.dataset.url}`;
  }

  // What this browser keeps may be of another version, or anything.
  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#store)).map(String);
    } catch {
      return [];
    }
  }
}
