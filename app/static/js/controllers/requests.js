import { Controller } from "@hotwired/stimulus";
import { csrfToken, toast } from "#js/toast.js";

// Elements that ask again by themselves do nothing else with htmx.
const isPoll = (element) =>
  (element?.getAttribute?.("hx-trigger") ?? "").includes("every ") || (element?.hasAttribute?.("data-by-itself") ?? false);

// On <body>: every htmx request carries the CSRF token; an answer that is missing, or not Tomoru's, is told to the reader.
export default class extends Controller {
  static values = { lost: String, strange: String };

  addToken(event) {
    const { request, sourceElement } = event.detail.ctx;
    request.headers["X-CSRFToken"] = csrfToken();
    if (isPoll(sourceElement)) request.headers["X-Poll"] = "true";
  }

  // What a proxy or the web server says by itself, or the sign-in page of a network, is no part of this page.
  refuse(event) {
    const { response, sourceElement } = event.detail.ctx;
    if (response.headers.get("X-Tomoru")) return;
    event.preventDefault();
    if (!isPoll(sourceElement)) toast("error", this.strangeValue.replace("{status}", response.status));
  }

  // A poll tries again by itself; only what a person started deserves a message.
  tell({ target }) {
    if (!isPoll(target)) toast("error", this.lostValue);
  }
}
