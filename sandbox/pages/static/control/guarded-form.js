// A form that follows the news until the user types in it, and follows again once it was saved.

import { attempt, call, toast } from "../api.js";
import { h } from "../dom.js";
import { t } from "../words.js";

export class GuardedForm {
  constructor(attributes = {}) {
    this.form = h("form", attributes);
    this.root = this.form;
    this.dirty = false;
    this.form.addEventListener("input", () => (this.dirty = true));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(this.wish(new FormData(this.form)));
    });
  }

  /** Show the account's settings, unless that would take away what is being typed. */
  update(channel) {
    this.channel = channel;
    if (this.dirty) return;
    const focused = this.form.contains(document.activeElement) ? document.activeElement.name : null;
    this.form.replaceChildren(...this.parts(channel));
    if (focused) this.form.elements[focused]?.focus();
  }

  /** Save a change; refused ones stay in the form. */
  async save(wish) {
    const saved = await attempt(() => call("PATCH", `/channels/${this.channel.channel_id}`, wish));
    if (!saved) return;
    this.dirty = false;
    toast(t("Saved."));
    this.update({ ...this.channel, ...saved });
  }
}
