import { Controller } from "@hotwired/stimulus";

// A button that shows and hides an area, as that of the side menu on a phone.
export default class extends Controller {
  static targets = ["button", "area"];

  toggle() {
    const isShown = this.areaTarget.classList.toggle("show");
    this.buttonTarget.setAttribute("aria-expanded", isShown);
  }

  // Hide what the button has shown, and focus the button.
  hide() {
    if (!this.areaTarget.classList.contains("show")) return;
    this.toggle();
    this.buttonTarget.focus();
  }
}
