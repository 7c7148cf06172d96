import { BaseController } from "#js/base_controller.js";

// On a list whose items are sent in the order in which they stand: buttons move an item by one place.
export default class extends BaseController {
  static targets = ["item", "said"];

  static values = { said: String };

  // The neighbour moves, so that the focus stays on the button.
  move({ currentTarget, params: { by } }) {
    const item = this.itemTargets.find((one) => one.contains(currentTarget));
    const other = this.itemTargets[this.itemTargets.indexOf(item) + by];
    if (!other) return;
    if (by < 0) item.after(other);
    else item.before(other);
    const words = { "{name}": item.dataset.name, "{place}": this.itemTargets.indexOf(item) + 1 };
    this.saidTarget.textContent = this.saidValue.replace(/{name}|{place}/g, (word) => words[word]);
  }
}
