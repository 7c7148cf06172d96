import { BaseController } from "#js/base_controller.js";

const SECONDS = { success: 5, info: 7, error: 12 };

// Short messages in the corner: those printed with the page, and those that come with an answer (event "toast").
export default class extends BaseController {
  static targets = ["line"];

  connect() {
    this.listen(document, "toast", (event) => this.add(event.detail.toasts ?? []));
  }

  lineTargetConnected(line) {
    setTimeout(() => line.remove(), (SECONDS[line.dataset.kind] ?? SECONDS.info) * 1000);
  }

  add(toasts) {
    const template = document.getElementById("toast-template").content.firstElementChild;
    for (const { kind, message } of toasts) {
      const line = template.cloneNode(true);
      line.dataset.kind = kind;
      line.querySelector("span").textContent = message;
      this.element.append(line);
    }
    this.raise();
  }

  // A modal dialog covers everything outside the top layer, so the messages are put on top of it.
  raise() {
    if (this.element.matches(":popover-open")) this.element.hidePopover();
    this.element.showPopover();
  }

  close(event) {
    event.target.closest("[data-toasts-target=line]").remove();
  }
}
