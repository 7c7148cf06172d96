import { Controller } from "@hotwired/stimulus";
import { toast } from "#js/toast.js";

// A button that puts a text on the clipboard and says so.
export default class extends Controller {
  static values = { text: String, done: String };

  async copy() {
    await navigator.clipboard.writeText(this.textValue);
    toast("success", this.doneValue);
  }
}
