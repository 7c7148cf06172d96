import { Controller } from "@hotwired/stimulus";

const MOST_RECENT = 5;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

// Width, case and the two kana make no difference, as in the program's own searches.
const plain = (text) =>
  text.normalize("NFKC").toLowerCase().replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));

// A combobox over options that are links or buttons: typing narrows them, arrows walk, Enter chooses.
export default class extends Controller {
  static targets = ["search", "list", "group", "option", "none"];

  static values = { name: String, recent: String };

  connect() {
    const { searchTarget: search, listTarget: list } = this;
    for (const [name, value] of [["role", "combobox"], ["aria-expanded", "true"], ["aria-autocomplete", "list"], ["aria-controls", list.id]]) {
      search.setAttribute(name, value);
    }
    list.setAttribute("role", "listbox");
    this.#putRecentFirst();
    this.optionTargets.forEach((option, number) => {
      option.setAttribute("role", "option");
      option.tabIndex = -1;
      option.id ||= `${list.id}-${number}`;
    });
    this.filter();
  }

  get shown() {
    return this.optionTargets.filter((option) => !option.hidden);
  }

  filter() {
    const words = plain(this.searchTarget.value).split(/\s+/).filter(Boolean);
    for (const option of this.optionTargets) {
      const text = plain(option.textContent);
      option.hidden = !words.every((word) => text.includes(word));
    }
    for (const group of this.groupTargets) group.hidden = !group.querySelector("[data-palette-target=option]:not([hidden])");
    this.noneTarget.hidden = this.shown.length > 0;
    this.#mark(this.shown[0]);
  }

  press(event) {
    const { shown } = this;
    if (event.key === "Enter") {
      event.preventDefault();
      this.marked?.click();
    }
    if (event.key === "Home" || event.key === "End") {
      event.preventDefault();
      this.#mark(shown.at(event.key === "Home" ? 0 : -1));
    }
    if (event.key in STEPS && shown.length) {
      event.preventDefault();
      this.#mark(shown.at((shown.indexOf(this.marked) + STEPS[event.key]) % shown.length));
    }
  }

  choose({ currentTarget }) {
    const { key } = currentTarget.dataset;
    const keys = [key, ...this.#recent().filter((one) => one !== key)].slice(0, MOST_RECENT);
    localStorage.setItem(this.#store, JSON.stringify(keys));
  }

  #mark(option) {
    this.marked?.removeAttribute("aria-selected");
    this.marked = option;
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    this.searchTarget.setAttribute("aria-activedescendant", option?.id ?? "");
  }

  get #store() {
    return `palette:${this.nameValue}`;
  }

  // The keys chosen lately, newest first; what this browser keeps may be of another version, or anything.
  #recent() {
    try {
      return JSON.parse(localStorage.getItem(this.#store)).map(String);
    } catch {
      return [];
    }
  }

  #putRecentFirst() {
    const options = this.#recent().map((key) => this.optionTargets.find((option) => option.dataset.key === key)).filter(Boolean);
    if (!options.length) return;
    const group = this.groupTargets[0].cloneNode(false);
    const heading = this.groupTargets[0].firstElementChild.cloneNode(false);
    heading.id = `${this.listTarget.id}-recent`;
    heading.textContent = this.recentValue;
    group.setAttribute("aria-labelledby", heading.id);
    group.append(heading, ...options);
    this.listTarget.prepend(group);
  }
}
