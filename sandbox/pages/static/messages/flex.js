// Flex messages: bubbles and carousels of boxes, texts, pictures, films, icons, buttons and lines.

import { makeTappable, tapButton } from "../actions.js";
import { h, picture } from "../dom.js";
import { fetched } from "../fetched.js";
import { safeColour, safeLength, safeMedia, safeRatio } from "../safe.js";
import { t } from "../words.js";
import { boxStyle, ends, gravity, letterSize, letterStyle, pictureSize, placing, put, space } from "./flex-style.js";
import { videoBubble } from "./media.js";

const PADDING = { header: "20px", body: "20px", footer: "10px" };
const SIZES = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"];
const DEEPEST = 20;

/** A flex message, or null for a container that is not known. */
export function flexBubble({ contents = {} }, phone) {
  if (contents.type === "bubble") return bubble(contents, phone);
  if (contents.type !== "carousel") return null;
  const bubbles = (contents.contents ?? []).map((one) => bubble(one, phone));
  return h("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": t("Carousel") }, bubbles);
}

function bubble(content, phone) {
  const size = SIZES.includes(content.size) ? content.size : "mega";
  const root = h("div", { class: `flex-bubble flex-${size}`, dir: content.direction === "rtl" ? "rtl" : "ltr" });
  for (const name of ["header", "hero", "body", "footer"]) {
    if (content[name])
      root.append(...block(name, content[name], content.styles?.[name], root.childElementCount === 0, phone));
  }
  return makeTappable(root, content.action, phone);
}

/** A quarter of a bubble, after its separator when it has one and is not the first. */
function block(name, component, style, isFirst, phone) {
  const parent = { layout: "vertical" };
  const drawn = draw(component, { parent, isFirst: true, phone, depth: 0, padding: PADDING[name] });
  const area = h("div", { class: `flex-${name}` }, drawn);
  put(area, { backgroundColor: safeColour(style?.backgroundColor) });
  if (!style?.separator || isFirst) return [area];
  return [put(h("div", { class: "fx-separator row" }), { backgroundColor: safeColour(style.separatorColor) }), area];
}

function draw(component, place) {
  const make = MAKERS[component?.type];
  if (!make || place.depth > DEEPEST) return null;
  const element = make(component, place);
  return put(element, placing(component, place.parent, place.isFirst));
}

function box(component, { phone, depth, padding }) {
  const layout = ["horizontal", "baseline"].includes(component.layout) ? component.layout : "vertical";
  const parent = { layout, spacing: component.spacing };
  const children = (component.contents ?? []).map((child, number) =>
    draw(child, { parent, isFirst: number === 0, phone, depth: depth + 1 }),
  );
  const element = h("div", { class: `fx-box ${layout}` }, children);
  return makeTappable(put(element, boxStyle(component, padding)), component.action, phone);
}

function text(component, { parent, phone }) {
  const spans = (component.contents ?? []).map((span) => put(h("span", {}, span.text ?? ""), letterStyle(span, true)));
  const words = h(
    "div",
    { class: component.wrap ? "fx-words wrap" : "fx-words" },
    spans.length ? spans : (component.text ?? ""),
  );
  if (component.wrap && component.maxLines > 0) {
    words.classList.add("clamped");
    words.style.webkitLineClamp = String(component.maxLines);
  }
  const extra = safeLength(component.lineSpacing);
  put(words, { lineHeight: extra ? `calc(1.4em + ${extra})` : null });
  const element = put(h("div", { class: "fx-text" }, words), letterStyle(component));
  put(element, { textAlign: { start: "start", center: "center", end: "end" }[component.align] });
  standing(element, component, parent);
  return makeTappable(element, component.action, phone);
}

/** Up, middle or down: beside others it moves itself, below others its content. */
function standing(element, component, parent) {
  const where = gravity(component.gravity);
  if (!where) return;
  if (parent.layout === "horizontal") element.style.alignSelf = where;
  else if (parent.layout === "vertical") element.style.justifyContent = where;
}

function image(component, { parent, phone }) {
  const shown = picture(
    fetched(component.url),
    { alt: "" },
    h("span", { class: "fx-blank" }, t("The picture cannot be loaded.")),
  );
  const frame = put(h("div", { class: `fx-picture ${component.aspectMode === "cover" ? "cover" : "fit"}` }, shown), {
    width: pictureSize(component.size),
    aspectRatio: safeRatio(component.aspectRatio, "1 / 1"),
    backgroundColor: safeColour(component.backgroundColor),
  });
  const element = put(h("div", { class: "fx-image" }, frame), { justifyContent: ends(component.align ?? "center") });
  if (parent.layout === "horizontal") put(element, { alignSelf: gravity(component.gravity) });
  else put(element, { alignItems: gravity(component.gravity) });
  return makeTappable(element, component.action, phone);
}

function icon(component) {
  const size = letterSize(component.size);
  const [width, height] = (safeRatio(component.aspectRatio, "1 / 1") ?? "1 / 1").split(" / ").map(Number);
  const shown = picture(fetched(component.url), { class: "fx-icon", alt: "" });
  return put(shown, { height: size, width: `calc(${size} * ${width / height})` });
}

function button(component, { parent, phone }) {
  const { style = "link", height = "md", color } = component;
  const kind = ["primary", "secondary"].includes(style) ? style : "link";
  const tapped = tapButton(component.action ?? {}, phone, {
    class: `fx-press ${kind} ${height === "sm" ? "sm" : "md"}`,
  });
  put(tapped, { [kind === "link" ? "color" : "backgroundColor"]: safeColour(color) });
  const element = h("div", { class: "fx-button" }, tapped);
  standing(element, component, parent);
  return element;
}

function separator(component, { parent }) {
  const direction = parent.layout === "vertical" ? "row" : "column";
  return put(h("div", { class: `fx-separator ${direction}` }), { backgroundColor: safeColour(component.color) });
}

/** A film shows its preview and opens large; without an address, what is to stand in its place. */
function video(component, place) {
  if (!safeMedia(component.url)) return draw(component.altContent, place) ?? h("div");
  const film = videoBubble({ originalContentUrl: component.url, previewImageUrl: component.previewUrl });
  put(film, { aspectRatio: safeRatio(component.aspectRatio, "1 / 1") });
  const link = component.action ? tapButton(component.action, place.phone, { class: "fx-press link sm" }) : null;
  return h("div", { class: "fx-video" }, film, link);
}

const MAKERS = {
  box,
  text,
  image,
  icon,
  button,
  separator,
  video,
  filler: () => h("div"),
  spacer: ({ size }) => put(h("div"), { height: space(size ?? "md") }),
};
