// Imagemap messages: one picture with areas that can be tapped, and sometimes a film in it.

import { makeTappable, webLink } from "../actions.js";
import { h, picture } from "../dom.js";
import { fetched, imagemapWidth } from "../fetched.js";
import { isWeb } from "../safe.js";
import { t } from "../words.js";

// How wide an imagemap stands in the chat, in CSS pixels.
const SHOWN_WIDTH = 300;

/** The picture at its proportions, each action over its own area. */
export function imagemapBubble(message, phone) {
  const { baseUrl, baseSize = {}, altText, actions = [], video } = message;
  const size = { width: Number(baseSize.width) || 1040, height: Number(baseSize.height) || 1040 };
  const image = picture(
    fetched(`${baseUrl}/${imagemapWidth(SHOWN_WIDTH)}`),
    { alt: altText ?? "" },
    h("span", { class: "missing" }, altText ?? ""),
  );
  const frame = h("div", { class: "bubble imagemap", style: { aspectRatio: `${size.width} / ${size.height}` } }, image);
  if (video) frame.append(film(video, size, phone));
  for (const action of actions) frame.append(area(action, size, phone));
  return frame;
}

function placed(element, { x, y, width, height }, size) {
  const share = (value, whole) => `${(100 * Number(value)) / whole}%`;
  Object.assign(element.style, {
    left: share(x, size.width),
    top: share(y, size.height),
    width: share(width, size.width),
    height: share(height, size.height),
  });
  return element;
}

/** Imagemap actions name their parts differently from other actions. */
function area(action, size, phone) {
  const same = {
    uri: { type: "uri", uri: action.linkUri },
    message: { type: "message", text: action.text },
    clipboard: { ...action },
  }[action.type];
  const spot = h("div", { class: "spot" });
  makeTappable(spot, { ...same, label: action.label || action.text || action.linkUri }, phone);
  return placed(spot, action.area ?? {}, size);
}

function film({ originalContentUrl, previewImageUrl, area: place = {}, externalLink }, size, phone) {
  const shown = h("video", {
    controls: true,
    preload: "none",
    playsinline: true,
    poster: fetched(previewImageUrl),
    src: fetched(originalContentUrl),
  });
  const box = placed(h("div", { class: "spot film-spot" }, shown), place, size);
  const href = isWeb(externalLink?.linkUri) ? externalLink.linkUri : null;
  if (href) {
    const link = webLink(href, phone, { class: "film-link", hidden: true }, externalLink.label ?? t("More"));
    shown.addEventListener("ended", () => (link.hidden = false));
    box.append(link);
  }
  return box;
}
