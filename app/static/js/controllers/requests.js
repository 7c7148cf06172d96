import { Controller } from "@hotwired/stimulus";
import { csrfToken, toast } from "#js/toast.js";

// On <body>: every htmx request carries the CSRF token; a server that does not answer is told to the reader.
export default class extends Controller {
  static values = { lost: String };

  addToken(event) {
    event.detail.ctx.request.headers["X-CSRFToken"] = csrfToken();
  }

  // A poll tries again by itself; only what a person started deserves a message.
  tell({ target }) {
    const trigger = target.getAttribute?.("hx-trigger") ?? "";
    if (!trigger.includes("every")) toast("error", this.lostValue);
  }
}
