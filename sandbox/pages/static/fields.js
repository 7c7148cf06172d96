// Labelled form fields and buttons.

import { h } from "./dom.js";

let made = 0;

/** A labelled input. */
export const field = (label, attributes) => h("label", {}, label, h("input", attributes));

/** A labelled choice; `options` are pairs of value and words. */
export function choice(label, name, options, chosen = "", attributes = {}) {
  const shown = options.map(([value, words]) =>
    h("option", { value, selected: String(value) === String(chosen), dir: "auto" }, words),
  );
  return h("label", {}, label, h("select", { name, ...attributes }, shown));
}

/** A tick box with its label behind it. */
export const tick = (label, attributes) =>
  h("label", { class: "tick" }, h("input", { type: "checkbox", value: "yes", ...attributes }), label);

/** A button that does something. */
export const button = (label, click, kind = "small", attributes = {}) =>
  h("button", { type: "button", class: kind, ...attributes, on: { click } }, label);

/** A hint that belongs to a field. */
export function hinted(labelled, hint) {
  const id = `hint-${(made += 1)}`;
  labelled.querySelector("input, select").setAttribute("aria-describedby", id);
  return h("div", {}, labelled, h("p", { id, class: "hint" }, hint));
}
