import { Controller } from "@hotwired/stimulus";

// On <body>: a swap that replaces the focused control gives the focus to its successor, the element with the same id;
// a form that comes back refused brings its complaint into view, since the pressed button may be far below.
export default class extends Controller {
  focused = "";

  remember() {
    this.focused = document.activeElement?.id || this.focused;
  }

  // A reader who acts while the answer is on its way has chosen another place.
  forget() {
    this.focused = "";
  }

  restore(event) {
    this.#follow();
    const { response, target } = event.detail?.ctx ?? {};
    if (response?.status >= 400 && target?.id) this.#show(document.getElementById(target.id));
  }

  #follow() {
    const isLost = !document.activeElement || document.activeElement === document.body;
    const successor = isLost && this.focused && document.getElementById(this.focused);
    if (!successor) return;
    successor.focus({ preventScroll: true });
    this.focused = "";
  }

  #show(refused) {
    refused?.querySelector(".alert[role=alert]")?.scrollIntoView({ block: "center" });
  }
}
