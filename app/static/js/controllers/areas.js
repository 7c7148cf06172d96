import { BaseController } from "#js/base_controller.js";

const SIDES = ["x", "y", "width", "height"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const between = (value, least, most) => Math.round(Math.max(least, Math.min(most, value)));

// On components/areas.html: areas over a picture, drawn, moved and resized by mouse, finger or keyboard. The number
// fields of the form stay the truth: this writes into them and draws what they say.
export default class extends BaseController {
  static targets = ["picture", "area", "arm"];

  static values = { width: Number, height: Number, field: String, remove: String, add: String, command: String };

  connect() {
    this.listen(this.element.closest("form") ?? document, "input", () => this.draw());
    this.listen(document, "htmx:after:swap", () => this.draw());
    this.listen(window, "pointermove", (event) => this.move(event));
    this.listen(window, "pointerup", () => this.release());
    this.listen(window, "pointercancel", () => this.giveUp());
    this.listen(this.element, "dragstart", (event) => event.preventDefault());
    this.draw();
  }

  // A finger moves what it has tapped before, and draws once that was asked for; otherwise it scrolls the page.
  grab(event) {
    if (event.button) return;
    const isTouch = !["mouse", "pen"].includes(event.pointerType);
    const area = this.isArmed ? null : event.target.closest("[data-areas-target~=area]");
    if (isTouch && (area ? document.activeElement !== area : !this.isArmed)) return;
    event.preventDefault();
    area?.focus();
    this.held = { area, corner: event.target.dataset.corner, from: this.#point(event), place: area && this.place(area) };
  }

  move(event) {
    if (!this.held) return;
    const { area, corner, from, place } = this.held;
    const to = this.#point(event);
    const by = [to[0] - from[0], to[1] - from[1]];
    if (!area) this.#sketch(from, to);
    else this.#put(area, corner ? this.#pulled(place, corner, by) : this.#moved(place, by));
  }

  release() {
    const { held, sketch } = this;
    this.held = null;
    if (!held) return;
    if (held.area) this.#changed(held.area, held.place);
    else if (sketch) this.#add(sketch);
  }

  giveUp() {
    if (this.held?.area) this.#put(this.held.area, this.held.place);
    this.held = null;
    this.#forget();
  }

  arm() {
    this.isArmed = !this.isArmed;
    this.armTarget.setAttribute("aria-pressed", this.isArmed);
    this.element.toggleAttribute("data-armed", this.isArmed);
  }

  press(event) {
    const area = event.target.closest("[data-areas-target~=area]");
    if (!area || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && this.held) this.giveUp();
    else if (event.key === "Delete") document.getElementById(this.#named(this.removeValue, area))?.click();
    else if (ARROWS[event.key]) this.#step(area, event);
    else return;
    event.preventDefault();
  }

  // Enter leads to the fields; a click has taken the area already.
  open(event) {
    event.preventDefault();
    const area = event.currentTarget;
    if (event.detail === 0) this.#fields(area)[0]?.focus();
    else area.focus();
  }

  // The numbers of an area, in pixels of the picture.
  place(area) {
    return this.#fields(area).map((field) => Number(field?.value) || 0);
  }

  draw() {
    for (const area of this.areaTargets) this.#show(area, this.place(area));
  }

  #step(area, { key, shiftKey, altKey }) {
    const place = this.place(area);
    const by = ARROWS[key].map((way) => way * (altKey ? 1 : Math.round(this.widthValue / 100)));
    this.#put(area, shiftKey ? this.#pulled(place, "se", by) : this.#moved(place, by));
    for (const field of this.#fields(area)) field?.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(this.later);
    this.later = setTimeout(() => this.#changed(area, place), 300);
  }

  #moved([x, y, width, height], [right, down]) {
    const most = [Math.max(0, this.widthValue - width), Math.max(0, this.heightValue - height)];
    return [between(x + right, 0, most[0]), between(y + down, 0, most[1]), width, height];
  }

  #pulled([x, y, width, height], corner, [right, down]) {
    const least = Math.round(this.widthValue / 50);
    let [left, top, end, bottom] = [x, y, x + width, y + height];
    if (corner.includes("w")) left = between(left + right, 0, end - least);
    if (corner.includes("e")) end = between(end + right, left + least, this.widthValue);
    if (corner.includes("n")) top = between(top + down, 0, bottom - least);
    if (corner.includes("s")) bottom = between(bottom + down, top + least, this.heightValue);
    return [left, top, end - left, bottom - top];
  }

  #sketch([x, y], [right, bottom]) {
    const left = between(Math.min(x, right), 0, this.widthValue);
    const top = between(Math.min(y, bottom), 0, this.heightValue);
    const place = [left, top, between(Math.max(x, right), 0, this.widthValue) - left, between(Math.max(y, bottom), 0, this.heightValue) - top];
    this.sketch ??= this.#newRectangle();
    this.sketch.place = place;
    SIDES.forEach((side, at) => this.sketch.setAttribute(side, place[at]));
  }

  #newRectangle() {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    made.setAttribute("class", "areas-rectangle");
    return this.pictureTarget.appendChild(made);
  }

  // What was drawn becomes an area by the button that adds one; the keyboard goes on in it.
  #add({ place }) {
    this.#forget();
    if (this.isArmed) this.arm();
    const button = document.getElementById(this.addValue);
    if (!button || Math.min(place[2], place[3]) < this.widthValue / 50) return;
    button.value = this.commandValue + place.join(",");
    button.dataset.next = `${this.element.id}-${this.areaTargets.length}`;
    button.click();
  }

  #forget() {
    this.sketch?.remove();
    this.sketch = null;
  }

  #put(area, place) {
    this.#fields(area).forEach((field, at) => { if (field) field.value = place[at]; });
    this.#show(area, place);
  }

  #show(area, [x, y, width, height]) {
    const [rectangle, circle, text] = ["rect", "circle", "text"].map((name) => area.querySelector(name));
    const inset = this.widthValue / 20;
    const set = (element, values) => Object.entries(values).forEach(([name, value]) => element?.setAttribute(name, value));
    set(rectangle, { x, y, width: Math.max(width, 0), height: Math.max(height, 0) });
    set(circle, { cx: x + inset, cy: y + inset });
    set(text, { x: x + inset, y: y + inset });
    for (const corner of area.querySelectorAll("[data-corner]")) {
      const half = corner.getAttribute("width") / 2;
      set(corner, { x: x - half + (corner.dataset.corner.includes("e") ? width : 0), y: y - half + (corner.dataset.corner.includes("s") ? height : 0) });
    }
  }

  #changed(area, before) {
    if (String(before) === String(this.place(area))) return;
    const [field] = this.#fields(area);
    for (const kind of ["input", "change"]) field?.dispatchEvent(new Event(kind, { bubbles: true }));
  }

  #fields(area) {
    return SIDES.map((side) => document.getElementById(this.#named(this.fieldValue, area).replace("{side}", side)));
  }

  #named(pattern, area) {
    return pattern.replace("{number}", area.dataset.number);
  }

  #point({ clientX, clientY }) {
    const { left, top, width, height } = this.pictureTarget.getBoundingClientRect();
    return [((clientX - left) / width) * this.widthValue, ((clientY - top) / height) * this.heightValue];
  }
}
