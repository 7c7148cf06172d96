import { BaseController } from "#js/base_controller.js";
import { scrollFlow } from "#js/flow_places.js";

const SVG = "http://www.w3.org/2000/svg";
// From how many steps on the flow has a map, and how large that is at most.
const FEW = 30;
const [WIDTH, HEIGHT] = [180, 220];
// The largest share to which it shrinks a flow. Across and down they may differ, or a long flow would be a hair.
const MOST = 0.15;

const drawn = (name, { left, top, width, height }, [across, down]) => {
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", name);
  const places = { x: left * across, y: top * down, width: width * across, height: height * down };
  for (const [key, value] of Object.entries(places)) rect.setAttribute(key, value.toFixed(1));
  return rect;
};

// A small picture of a large flow with the part that is on the screen, unless that is all; a press on it goes there. It
// only repeats what the canvas shows, so it is no place for the keyboard.
export default class extends BaseController {
  static targets = ["canvas", "overview", "switch"];

  connect() {
    this.draw();
    this.listen(document, "htmx:after:swap", () => this.draw());
    this.listen(document, "click", () => this.draw());
    this.listen(window, "resize", () => this.draw());
    for (const scroller of [this.canvasTarget, window]) this.listen(scroller, "scroll", () => this.look(), { passive: true });
  }

  // On a small screen the map lies over the flow, so that it is shown when it is asked for.
  toggle() {
    const isShown = this.element.classList.toggle("has-map");
    this.switchTarget.setAttribute("aria-pressed", isShown);
    this.draw();
  }

  draw() {
    const { canvasTarget: canvas, overviewTarget: map } = this;
    const cards = [...canvas.querySelectorAll(".workflow-card")];
    const { width, height } = this.#seen();
    map.toggleAttribute("hidden", cards.length <= FEW || (canvas.scrollWidth <= width && canvas.scrollHeight <= height));
    if (this.hasSwitchTarget) this.switchTarget.toggleAttribute("hidden", map.hasAttribute("hidden"));
    if (map.hasAttribute("hidden")) return;
    this.shares = [Math.min(MOST, WIDTH / canvas.scrollWidth), Math.min(MOST, HEIGHT / canvas.scrollHeight)];
    map.setAttribute("width", Math.round(canvas.scrollWidth * this.shares[0]));
    map.setAttribute("height", Math.round(canvas.scrollHeight * this.shares[1]));
    const frame = canvas.getBoundingClientRect();
    const places = cards.map((card) => [card, card.getBoundingClientRect()]).filter(([, place]) => place.width);
    map.replaceChildren(...places.map(([card, { left, top, width, height }]) => drawn(
      card.classList.contains("is-broken") ? "map-card is-broken" : "map-card",
      { left: left - frame.left + canvas.scrollLeft, top: top - frame.top + canvas.scrollTop, width, height }, this.shares,
    )));
    this.look();
  }

  // Where the reader is.
  look() {
    if (this.overviewTarget.hasAttribute("hidden")) return;
    this.overviewTarget.querySelector(".map-view")?.remove();
    this.overviewTarget.append(drawn("map-view", this.#seen(), this.shares));
  }

  go(event) {
    if (!event.buttons) return;
    const { canvasTarget: canvas } = this;
    const frame = this.overviewTarget.getBoundingClientRect();
    const { left, top, width, height } = this.#seen();
    const across = (event.clientX - frame.left) / this.shares[0] - width / 2;
    const down = (event.clientY - frame.top) / this.shares[1] - height / 2;
    scrollFlow(canvas, across - left, down - top);
  }

  // The part of the canvas that is on the screen; where it is as high as the flow, the page scrolls in its place.
  #seen() {
    const { scrollLeft: left, scrollTop, clientWidth: width, clientHeight } = this.canvasTarget;
    const frame = this.canvasTarget.getBoundingClientRect();
    const hidden = Math.max(0, -frame.top);
    const height = Math.min(clientHeight - hidden, window.innerHeight - Math.max(0, frame.top));
    return { left, top: scrollTop + hidden, width, height: Math.max(0, height) };
  }
}
