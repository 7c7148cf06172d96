import { Controller } from "@hotwired/stimulus";
import { csrfToken, toast } from "#js/toast.js";

// Elements that ask again by themselves do nothing else with htmx.
const isPoll = (element) => (element?.getAttribute?.("hx-trigger") ?? "").includes("every ");

// On <body>: every htmx request carries the CSRF token; a server that does not answer is told to the reader.
export default class extends Controller {
  static values = { lost: String };

  addToken(event) {
    const { request, sourceElement } = event.detail.ctx;
    request.headers["X-CSRFToken"] = csrfToken();
    if (isPoll(sourceElement)) request.headers["X-Poll"] = "true";
  }

  // A poll tries again by itself; only what a person started deserves a message.
  tell({ target }) {
    if (!isPoll(target)) toast("error", this.lostValue);
  }
}
