import { BaseController } from "#js/base_controller.js";
import { focusables } from "#js/focusable.js";

// Choosing rows of a list: a box for the page, a bar that says how many, and in some lists a button for the whole result.
export default class extends BaseController {
  static targets = ["bar", "count", "page", "row", "total", "whole", "wholeValue"];

  connect() {
    // A browser that comes back to the page may have kept the boxes.
    this.listen(window, "pageshow", () => this.show());
    this.show();
  }

  // The number of the whole result is often counted after the list is shown.
  totalTargetConnected() {
    this.show();
  }

  get isWhole() {
    return this.hasWholeValueTarget && this.wholeValueTarget.value === "1";
  }

  get chosen() {
    return this.rowTargets.filter((row) => row.checked).length;
  }

  show() {
    if (!this.hasBarTarget) return;
    const { chosen, isWhole, countTarget, pageTarget } = this;
    const isAll = chosen > 0 && chosen === this.rowTargets.length;
    pageTarget.checked = isAll;
    pageTarget.indeterminate = chosen > 0 && !isAll;
    const { label, wholeLabel, countedLabel } = countTarget.dataset;
    countTarget.textContent = isWhole ? this.ofWhole(wholeLabel, countedLabel) : label.replace("{n}", chosen);
    for (const button of this.wholeTargets) {
      button.hidden = isWhole || !isAll;
      if (button.dataset.label) button.textContent = this.ofWhole(button.dataset.label, button.dataset.countedLabel);
    }
    this.barTarget.hidden = chosen === 0;
  }

  // A sentence about the whole result, with its number once that is known.
  ofWhole(plain, counted) {
    const number = this.hasTotalTarget ? this.totalTarget.dataset.shown : "";
    return number && counted ? counted.replace("{n}", number) : plain;
  }

  choose(isChosen, whole = "") {
    for (const row of this.rowTargets) row.checked = isChosen;
    if (this.hasWholeValueTarget) this.wholeValueTarget.value = whole;
    this.show();
  }

  choosePage() {
    this.choose(this.pageTarget.checked);
  }

  // The pressed button is gone then, and the keyboard goes on with what can be done, or with the box of the page.
  chooseWhole() {
    this.choose(true, "1");
    focusables(this.barTarget)[0]?.focus({ preventScroll: true });
  }

  chooseNone() {
    this.choose(false);
    this.pageTarget.focus({ preventScroll: true });
  }

  chooseRow() {
    if (this.hasWholeValueTarget) this.wholeValueTarget.value = "";
    this.show();
  }

  // A list that a reader is choosing from stays as it is.
  hold(event) {
    if (this.chosen) event.preventDefault();
  }
}
