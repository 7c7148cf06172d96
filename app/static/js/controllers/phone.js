// Gives the pieces of a drawn message the sizes and colours of the message, which a strict policy keeps out of the page's text.
import { Controller } from "@hotwired/stimulus";

export default class extends Controller {
  connect() {
    this.draw();
  }

  draw() {
    for (const piece of this.element.querySelectorAll("[data-css]")) {
      piece.removeAttribute("style");
      for (const [name, value] of Object.entries(JSON.parse(piece.dataset.css))) piece.style.setProperty(name, value);
    }
  }
}
