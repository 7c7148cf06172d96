import { Controller } from "@hotwired/stimulus";

// On <body>, for older browsers: what `command` and `commandfor` of a button do with a dialog.
export default class extends Controller {
  run(event) {
    if ("commandForElement" in HTMLButtonElement.prototype) return;
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal") dialog.showModal();
    if (button.getAttribute("command") === "close") dialog.close();
  }
}
