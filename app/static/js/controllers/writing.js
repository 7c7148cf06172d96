import { BaseController } from "#js/base_controller.js";

// So often is told that the member goes on typing.
const PAUSE = 4_000;

// Tells that the member types, so that colleagues do not answer at the same time.
export default class extends BaseController {
  static values = { url: String };

  note({ target }) {
    const isTyped = target.matches("textarea") && target.value.trim() !== "";
    if (!isTyped || Date.now() - (this.toldAt ?? -PAUSE) < PAUSE) return;
    this.toldAt = Date.now();
    // What is lost costs nothing.
    window.htmx.ajax("POST", this.urlValue, { source: this.element, swap: "none" }).catch(() => {});
  }
}
