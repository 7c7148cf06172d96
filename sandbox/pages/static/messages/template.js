// Template messages: buttons, confirm, carousel and image carousel.

import { makeTappable, tapButton } from "../actions.js";
import { h, picture } from "../dom.js";
import { fetched } from "../fetched.js";
import { safeColour } from "../safe.js";
import { t } from "../words.js";

/** A template message of any kind, or null for a kind that is not known. */
export function templateBubble({ template = {} }, phone) {
  const draw = { buttons: single, confirm, carousel, image_carousel: imageCarousel }[template.type];
  return draw ? draw(template, phone) : null;
}

const buttons = (actions, phone, kind = "card-buttons") =>
  h(
    "div",
    { class: kind },
    (actions ?? []).map((action) => tapButton(action, phone, { class: "card-button" })),
  );

function single(template, phone) {
  return card(template, template, phone);
}

/** One card: picture, title, text and buttons; tapping the upper part does the default action. */
function card(column, shape, phone) {
  const words = h(
    "div",
    { class: "card-words" },
    column.title ? h("strong", {}, column.title) : null,
    h("p", {}, column.text ?? ""),
  );
  const head = h("div", { class: "card-head" }, thumbnail(column, shape), words);
  return h(
    "div",
    { class: "template-card" },
    makeTappable(head, column.defaultAction, phone),
    buttons(column.actions, phone),
  );
}

function thumbnail({ thumbnailImageUrl, imageBackgroundColor }, { imageAspectRatio, imageSize }) {
  if (!thumbnailImageUrl) return null;
  const look = [
    imageAspectRatio === "square" ? "square" : "rectangle",
    imageSize === "contain" ? "contain" : "cover",
  ].join(" ");
  const image = picture(
    fetched(thumbnailImageUrl),
    { class: `thumbnail ${look}` },
    h("span", { class: `thumbnail blank ${look}` }, t("The picture cannot be loaded.")),
  );
  image.style.backgroundColor = safeColour(imageBackgroundColor) ?? "";
  return image;
}

function confirm({ text, actions }, phone) {
  return h(
    "div",
    { class: "template-card" },
    h("div", { class: "card-words" }, h("p", {}, text ?? "")),
    buttons(actions, phone, "card-pair"),
  );
}

function carousel(template, phone) {
  const cards = (template.columns ?? []).map((column) => card(column, template, phone));
  return h("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": t("Carousel") }, cards);
}

function imageCarousel({ columns = [] }, phone) {
  const cards = columns.map(({ imageUrl, action = {} }) => {
    const image = picture(
      fetched(imageUrl),
      { class: "thumbnail square cover" },
      h("span", { class: "thumbnail square blank" }, t("The picture cannot be loaded.")),
    );
    const label = action.label ? h("span", { class: "image-label" }, action.label) : null;
    return makeTappable(h("div", { class: "image-card" }, image, label), action, phone);
  });
  return h("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": t("Carousel") }, cards);
}
