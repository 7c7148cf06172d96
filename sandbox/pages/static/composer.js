// Writing and sending: the text field with its keys, and the tray of stickers, pictures and places.

import { byId, h } from "./dom.js";
import { placesOf } from "./line-emoji.js";
import { mentionsIn } from "./mentions.js";
import { idOf, wordsOf } from "./talk.js";
import { fillTray } from "./tray.js";
import { t } from "./words.js";

export class Composer {
  constructor(phone) {
    this.phone = phone;
    this.field = byId("words-field");
    // The LINE emoji that were put into the text.
    this.picked = [];
    // The message that the next text quotes.
    this.quoting = null;
    this.quoteBar = byId("quoting");
    this.tray = byId("tray");
    this.buttons = { stickers: byId("faces"), pictures: byId("plus") };
    byId("send").addEventListener("click", () => this.sendText());
    this.buttons.stickers.addEventListener("click", () => this.toggle("stickers"));
    this.buttons.pictures.addEventListener("click", () => this.toggle("pictures"));
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.grow());
    this.tray.addEventListener("keydown", (event) => event.key === "Escape" && this.closeTray());
    this.grow();
  }

  /** Enter sends, with Shift it breaks the line; while an input method is composing it does neither. */
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.sendText();
  }

  async sendText() {
    const text = this.field.value;
    if (!text.trim() || this.field.disabled) return;
    this.field.value = "";
    this.grow();
    const { picked } = this;
    const emojis = placesOf(text, picked);
    this.picked = [];
    const mention = mentionsIn(text, this.phone.news.group);
    const { quoting } = this;
    this.quote(null);
    const extra = { ...(emojis.length ? { emojis } : {}), ...(mention ? { mention } : {}) };
    const quotes = quoting ? { quotedMessageId: idOf(quoting) } : {};
    const outcome = await this.phone.send({ type: "text", text, ...extra, ...quotes });
    if (!outcome && !this.field.value) {
      this.write(text);
      this.picked = picked;
      this.quote(quoting);
    }
    this.field.focus();
  }

  /** Let the next text quote a message, or none. */
  quote(entry) {
    this.quoting = entry;
    this.quoteBar.hidden = !entry;
    const cancel = () => this.quote(null);
    const button = h("button", { type: "button", class: "icon", "aria-label": t("Quote nothing"), on: { click: cancel } }, "×");
    this.quoteBar.replaceChildren(...(entry ? [h("span", { dir: "auto" }, wordsOf(entry)), button] : []));
    if (entry) this.field.focus();
  }

  /** Put a LINE emoji where the cursor is. */
  insertEmoji(emoji) {
    this.field.setRangeText(emoji.placeholder, this.field.selectionStart, this.field.selectionEnd, "end");
    this.picked.push(emoji);
    this.grow();
  }

  /** Put text into the field for the person to send. */
  write(text) {
    this.closeTray();
    this.field.value = text;
    this.grow();
    this.field.focus();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 120)}px`;
    byId("send").classList.toggle("ready", this.field.value.trim() !== "");
  }

  enable(may) {
    for (const control of [this.field, byId("send"), ...Object.values(this.buttons)]) control.disabled = !may;
    if (!may) this.closeTray();
  }

  toggle(name) {
    if (!this.tray.hidden && this.tray.dataset.tray === name) this.closeTray();
    else this.openTray(name);
  }

  /** Open the tray: `stickers`, `pictures` or `places`. */
  openTray(name) {
    this.tray.dataset.tray = name === "places" ? "pictures" : name;
    fillTray(this.tray, name, this);
    this.tray.hidden = false;
    this.showOpen();
    this.tray.querySelector("button")?.focus();
  }

  closeTray() {
    this.tray.hidden = true;
    this.showOpen();
  }

  showOpen() {
    const open = this.tray.hidden ? null : this.tray.dataset.tray;
    for (const [name, button] of Object.entries(this.buttons))
      button.setAttribute("aria-expanded", String(open === name));
  }

  /** Send something from the tray and close it. */
  async sendAndClose(message) {
    this.closeTray();
    await this.phone.send(message);
    this.field.focus();
  }
}
