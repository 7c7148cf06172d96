// Building elements without ever parsing HTML: whatever people and accounts write stays text.

import { initial } from "./names.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element; `on` takes listeners, `style` and `dataset` take objects, null children are left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "style" || name === "dataset") Object.assign(element[name], value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** A picture that leaves its place to `instead` when it cannot be loaded. */
export function picture(src, attributes, instead = null) {
  const image = h("img", { alt: "", loading: "lazy", ...attributes });
  image.addEventListener("error", () => (instead ? image.replaceWith(instead) : image.classList.add("broken")));
  if (src) image.src = src;
  else queueMicrotask(() => image.dispatchEvent(new Event("error")));
  return image;
}

/** The round picture of a person or account, or the first letter of the name. */
export function face(url, name, size = 40) {
  const letter = h("span", { class: "face letter", "aria-hidden": "true" }, initial(name));
  letter.style.width = letter.style.height = `${size}px`;
  if (!url) return letter;
  return picture(url, { class: "face", width: size, height: size }, letter);
}
