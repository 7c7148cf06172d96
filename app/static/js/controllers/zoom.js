import { BaseController } from "#js/base_controller.js";

// The sizes of the buttons, as shares of the flow's own size, and the least to which the whole flow is shrunk.
const SIZES = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
const LEAST = 0.01;
// Below this share words cannot be read, and only the shape of the flow is drawn.
const READABLE = 0.4;
const WHOLE = "whole";
// From which width on, in pixels, a flow on paper is a list, since its words would be too small to be read.
const WIDE = 2000;
const KEYS = { "-": "smaller", "=": "larger", 0: "own", f: "fit" };
// How often the whole flow is shrunk until it fits, since margins around it stay as they are.
const TRIES = 8;

// How large the flow is drawn: step by step, at its own size, or all of it at once, also after changes. The browser
// keeps it until it is closed. For paper it tells the style sheet how wide the flow is.
export default class extends BaseController {
  static targets = ["canvas", "flow", "own", "fit", "smaller", "larger"];

  connect() {
    [this.size, this.share] = [this.#read(), 1];
    this.draw();
    this.listen(document, "htmx:after:swap", () => this.#refit());
    this.listen(this.flowTarget, "click", ({ target }) => target.closest("[data-fold]") && this.#refit());
    this.listen(window, "resize", () => this.#refit());
    this.listen(window, "beforeprint", () => this.measure());
    this.listen(window, "afterprint", () => this.draw());
  }

  smaller() {
    this.#choose(SIZES.findLast((one) => one < this.share) ?? this.share);
  }

  larger() {
    this.#choose(SIZES.find((one) => one > this.share) ?? this.share);
  }

  own() {
    this.#choose(1);
  }

  // All of the flow, and again its own size.
  fit() {
    this.#choose(this.size === WHOLE ? 1 : WHOLE);
    if (this.size === WHOLE) this.canvasTarget.scrollIntoView();
  }

  press(event) {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key.toLowerCase()];
    if (!act || event.defaultPrevented || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    this[act]();
  }

  draw() {
    const [place, before] = [this.#place(), this.share];
    if (this.size === WHOLE) this.#shrink();
    else this.#scale(this.size);
    if (this.share !== before) this.#go(place);
    this.ownTarget.textContent = `${Math.round(this.share * 100)}%`;
    this.fitTarget.classList.toggle("active", this.size === WHOLE);
    this.smallerTarget.setAttribute("aria-disabled", String(this.share <= SIZES[0]));
    this.largerTarget.setAttribute("aria-disabled", String(this.share >= SIZES.at(-1)));
    this.dispatch("changed");
  }

  // On paper the style sheet scales the flow to the page, for which it has to know how wide the flow is.
  measure() {
    this.#scale(1);
    const width = Math.max(1, ...[...this.flowTarget.querySelectorAll(".flow-sheet > *")].map((part) => part.scrollWidth));
    this.flowTarget.style.setProperty("--flow-width", `${width}px`);
    this.flowTarget.classList.toggle("is-outline", width > WIDE);
  }

  #choose(size) {
    this.size = size;
    sessionStorage.setItem(this.#store, String(size));
    this.draw();
  }

  #refit() {
    if (this.size === WHOLE) this.draw();
  }

  #shrink() {
    const { canvasTarget: canvas } = this;
    this.#scale(1);
    for (let tried = 0; tried < TRIES && this.share > LEAST; tried += 1) {
      const fitting = Math.min(canvas.clientWidth / canvas.scrollWidth, this.#room() / canvas.scrollHeight);
      if (fitting >= 1) break;
      this.#scale(Math.max(LEAST, this.share * fitting));
    }
  }

  // How high the flow may be: on a phone the canvas grows with it, and the window is the limit.
  #room() {
    const bars = [".builder-bar", ".builder-foot"].map((one) => document.querySelector(one)?.offsetHeight ?? 0);
    return Math.min(this.canvasTarget.clientHeight, window.innerHeight - bars[0] - bars[1]);
  }

  #scale(share) {
    this.share = share;
    this.flowTarget.style.zoom = share === 1 ? "" : String(share);
    this.flowTarget.style.setProperty("--share", String(share));
    this.flowTarget.classList.toggle("is-far", share < READABLE);
  }

  // The part of the flow that stands in the middle of the screen, which stays there.
  #place() {
    return this.#scrollers.map((one) => [
      (one.scrollLeft + one.clientWidth / 2) / one.scrollWidth, (one.scrollTop + one.clientHeight / 2) / one.scrollHeight,
    ]);
  }

  #go(place) {
    this.#scrollers.forEach((one, at) => {
      one.scrollLeft = place[at][0] * one.scrollWidth - one.clientWidth / 2;
      one.scrollTop = place[at][1] * one.scrollHeight - one.clientHeight / 2;
    });
  }

  get #scrollers() {
    return [this.canvasTarget, document.scrollingElement ?? document.documentElement];
  }

  get #store() {
    return `zoom:${this.element.dataset.url}`;
  }

  // What this browser keeps may be of another version, or anything.
  #read() {
    const kept = sessionStorage.getItem(this.#store);
    return kept === WHOLE ? WHOLE : SIZES.find((one) => String(one) === kept) ?? 1;
  }
}
