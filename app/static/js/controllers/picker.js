import { Controller } from "@hotwired/stimulus";

// What a personal value gets where the fallback goes, and how far before its end the cursor stands then.
const BEFORE_END = { "|}}": 2 };

// The end of the first text in JSON, where words may stand.
const FIRST_TEXT = /"text":\s*"(?:[^"\\]|\\.)*/;
const endOf = ({ value, dataset }) => {
  const found = "json" in dataset && FIRST_TEXT.exec(value);
  return found ? found.index + found[0].length : value.length;
};

// In JSON words stand between quotation marks only.
const isAmongWords = ({ value, dataset, selectionStart }) =>
  !("json" in dataset) || value.slice(0, selectionStart).replace(/\\./g, "").split('"').length % 2 === 0;

// Around the dialogs of stickers, emoji and personal values: what is chosen goes into the field whose button opened the
// dialog. Such a button names a text field (data-picker-field) or a sticker message (data-picker-sticker).
export default class extends Controller {
  static targets = ["kind", "kinds", "none", "search", "value"];

  static outlets = ["shelf"];

  visited = new WeakSet();

  // A field that had the focus has a cursor; in another one, what is chosen goes to the end of its words.
  visit({ target }) {
    this.visited.add(target);
  }

  aim({ target }) {
    const opener = target.closest("[data-picker-field], [data-picker-sticker]");
    if (!opener) return;
    this.field = opener.dataset.pickerField;
    this.message = opener.dataset.pickerSticker;
    if (opener.getAttribute("commandfor") === "value-picker") this.#searchAgain();
    if (opener.getAttribute("commandfor") === "emoji-picker") this.#offer(opener.dataset.pickerKinds === "all");
    this.#draw(opener.getAttribute("commandfor"));
  }

  open({ currentTarget }) {
    for (const kind of this.kindTargets) {
      kind.setAttribute("aria-pressed", kind === currentTarget);
      document.getElementById(kind.getAttribute("aria-controls")).hidden = kind !== currentTarget;
    }
    this.#draw(currentTarget.closest("dialog").id);
  }

  // Puts the text where the cursor is; after a personal value the cursor stands where its fallback is typed.
  put({ currentTarget, detail, params }) {
    const text = detail?.text ?? params.text;
    this.#close(currentTarget);
    const field = document.getElementById(this.field);
    if (!field) return;
    const hasPlace = this.visited.has(field) && isAmongWords(field);
    const [start, end] = hasPlace ? [field.selectionStart, field.selectionEnd] : Array(2).fill(endOf(field));
    field.setRangeText(text, start, end, "end");
    const at = start + text.length - (BEFORE_END[text.slice(-3)] ?? 0);
    field.focus();
    field.setSelectionRange(at, at);
    this.#changed(field);
  }

  stick({ currentTarget, detail }) {
    this.#close(currentTarget);
    const [pack, sticker] = ["package_id", "sticker_id"].map((name) => document.getElementById(`f-${this.message}.${name}`));
    if (!pack || !sticker) return;
    [pack.value, sticker.value] = [detail.set, detail.item];
    this.#changed(sticker);
  }

  // The picture beside the two numbers follows them.
  drawTyped({ target }) {
    const place = document.getElementById(`sticker-${target.id?.replace(/^f-/, "").replace(/\.sticker_id$/, "")}`);
    if (!place || !target.id.endsWith(".sticker_id")) return;
    const tile = place.querySelector("template").content.cloneNode(true);
    const picture = tile.querySelector("img");
    picture.src = place.dataset.picture.replace("{item}", encodeURIComponent(target.value));
    tile.querySelector(".shelf-number").textContent = target.value;
    place.querySelector(".sticker-shown").replaceChildren(tile);
  }

  search() {
    const words = this.searchTarget.value.trim().toLowerCase();
    for (const value of this.valueTargets) value.closest("li").hidden = !value.textContent.toLowerCase().includes(words);
    this.noneTarget.hidden = this.valueTargets.some((value) => !value.closest("li").hidden);
  }

  #searchAgain() {
    this.searchTarget.value = "";
    this.search();
  }

  // LINE emoji stand in texts only; elsewhere common emoji are offered.
  #offer(isAll) {
    this.kindsTarget.hidden = !isAll;
    this.open({ currentTarget: this.kindTargets[isAll ? 0 : 1] });
  }

  #draw(dialog) {
    for (const shelf of this.shelfOutlets) {
      if (shelf.element.closest("dialog").id === dialog && !shelf.element.hidden) shelf.draw();
    }
  }

  // The browser gives the focus back to the button, from where `put` moves it on to the field.
  #close(within) {
    within.closest("dialog").close();
  }

  #changed(field) {
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}
