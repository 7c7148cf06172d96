import { Controller } from "@hotwired/stimulus";

// On sets of stickers or emoji: draws a button for each set and for what is in the open one, and says what was picked.
// Arrow keys walk among the buttons, of which one is in the tab order.
export default class extends Controller {
  static targets = ["items", "none", "search", "sets", "tile", "title"];

  static values = { sets: Array, picture: String, text: String };

  // Pictures are asked for only once the shelf is looked at.
  draw() {
    if (this.setsTarget.childElementCount > 0) return;
    this.setsTarget.replaceChildren(...this.setsValue.map((set) => this.#setTile(set)));
    this.#show(this.setsValue[0]);
  }

  open({ target }) {
    const tile = target.closest("button");
    if (tile) this.#show(this.#named(tile.dataset.set));
  }

  pick({ target }) {
    const tile = target.closest("button");
    if (!tile) return;
    const { set, item } = tile.dataset;
    this.dispatch("picked", { detail: { set, item, text: this.#filled(this.textValue, set, item) } });
  }

  search() {
    const words = this.searchTarget.value.trim().toLowerCase();
    for (const tile of this.setsTarget.children) tile.hidden = !this.#named(tile.dataset.set).words.toLowerCase().includes(words);
    const found = [...this.setsTarget.children].filter((tile) => !tile.hidden);
    this.noneTarget.hidden = found.length > 0;
    if (found.length && !found.some((tile) => tile.dataset.set === this.shown.id)) this.#show(this.#named(found[0].dataset.set));
  }

  move(event) {
    const tiles = [...event.currentTarget.children].filter((tile) => !tile.hidden);
    const at = tiles.indexOf(event.target.closest("button"));
    const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: tiles.length - 1 - at };
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = tiles[at + steps[event.key]];
    if (!next) return;
    this.#reachable(event.currentTarget, next);
    next.focus();
  }

  #show(set) {
    this.shown = set;
    this.titleTarget.textContent = set.title;
    for (const tile of this.setsTarget.children) tile.setAttribute("aria-pressed", tile.dataset.set === set.id);
    this.#reachable(this.setsTarget, [...this.setsTarget.children].find((tile) => tile.dataset.set === set.id));
    this.itemsTarget.replaceChildren(...this.#itemsOf(set).map((item) => this.#tile(set, item)));
    this.itemsTarget.scrollTop = 0;
    this.#reachable(this.itemsTarget, this.itemsTarget.firstElementChild);
  }

  #setTile(set) {
    const tile = this.#tile(set, this.#itemsOf(set)[0]);
    tile.setAttribute("aria-label", set.title);
    tile.title = set.title;
    if (this.pictureValue) tile.querySelector(".shelf-number").textContent = set.title.replace(/^\D+(?=\d+$)/, "");
    return tile;
  }

  #tile(set, item) {
    const tile = this.tileTarget.content.firstElementChild.cloneNode(true);
    const [picture, number] = [tile.querySelector("img"), tile.querySelector(".shelf-number")];
    Object.assign(tile.dataset, { set: set.id, item });
    number.textContent = item;
    if (this.pictureValue) picture.src = this.#filled(this.pictureValue, set.id, item);
    else picture.remove();
    return tile;
  }

  #itemsOf({ items, first, last, digits = 0 }) {
    return items ?? Array.from({ length: last - first + 1 }, (_, at) => String(first + at).padStart(digits, "0"));
  }

  #filled(pattern, set, item) {
    return pattern.replace("{set}", set).replace("{item}", item);
  }

  #named(id) {
    return this.setsValue.find((set) => set.id === id);
  }

  #reachable(group, one) {
    for (const tile of group.children) tile.tabIndex = tile === one ? 0 : -1;
  }
}
