import { Controller } from "@hotwired/stimulus";

// On a picture of another host, such as LINE's: where it cannot be loaded, its words stand in its place.
export default class extends Controller {
  connect() {
    // It may have failed before this script was there.
    if (this.element.complete && this.element.naturalWidth === 0) this.replace();
  }

  replace() {
    const words = document.createElement("span");
    words.className = "picture-words";
    words.textContent = this.element.alt;
    this.element.replaceWith(words);
  }
}
