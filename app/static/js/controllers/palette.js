import { Controller } from "@hotwired/stimulus";

const MOST_RECENT = 5;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
// Folding leaves these as they are, but for case; all other text is folded by the server, which has the tables.
const ASCII = /^[\0-\x7f]*$/;

// A combobox over options that are links or buttons: typing narrows them, arrows walk, Enter chooses. Text is compared
// as in the program's own searches: each option carries its folded text, and `fold` is where typed text is folded.
export default class extends Controller {
  static targets = ["search", "list", "group", "option", "none"];

  static values = { name: String, recent: String, fold: String };

  #folded = new Map();

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
    this.narrow("");
  }

  get shown() {
    return this.optionTargets.filter((option) => !option.hidden);
  }

  filter() {
    const typed = this.searchTarget.value;
    this.pending = ASCII.test(typed) ? null : this.#narrowFolded(typed);
    if (!this.pending) this.narrow(typed.toLowerCase());
  }

  narrow(folded) {
    const words = folded.split(/\s+/).filter(Boolean);
    for (const option of this.optionTargets) option.hidden = !words.every((word) => option.dataset.folded.includes(word));
    for (const group of this.groupTargets) group.hidden = !group.querySelector("[data-palette-target=option]:not([hidden])");
    this.noneTarget.hidden = this.shown.length > 0;
    this.#mark(this.shown[0]);
  }

  async #narrowFolded(typed) {
    if (!this.#folded.has(typed)) this.#folded.set(typed, await this.#fold(typed));
    // More may have been typed before the answer came.
    if (typed === this.searchTarget.value) this.narrow(this.#folded.get(typed));
  }

  // A server that is away folds nothing; text that is written as the option is found all the same.
  async #fold(typed) {
    try {
      const answer = await fetch(`${this.foldValue}?${new URLSearchParams({ text: typed })}`);
      return (await answer.json()).folded;
    } catch {
      return typed.toLowerCase();
    }
  }

  async press(event) {
    const { shown } = this;
    if (event.key === "Enter") {
      event.preventDefault();
      // What is marked belongs to the text before until the answer is here.
      if (this.pending) await this.pending;
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
