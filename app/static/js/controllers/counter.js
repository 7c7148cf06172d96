import { Controller } from "@hotwired/stimulus";

// Characters as readers see them, which is how LINE counts some texts: an emoji is one.
const characters = (text) => (Intl.Segmenter ? [...new Intl.Segmenter().segment(text)] : [...text]).length;

// Around a text field: says how much of LINE's limit is used.
export default class extends Controller {
  static targets = ["field", "words"];

  static values = { most: Number, words: String };

  connect() {
    this.count();
  }

  count() {
    const used = characters(this.fieldTarget.value);
    this.wordsTarget.textContent = this.wordsValue.replace("{used}", used);
    this.wordsTarget.classList.toggle("text-danger", used > this.mostValue);
  }
}
