// Imagemap messages: one picture with areas that can be tapped, and sometimes a film in it.

import { makeTappable } from "../actions.js";
import { h, picture } from "../dom.js";
import { inApp, isWeb, safeLink, safeMedia } from "../safe.js";
import { t } from "../words.js";

/** The picture at its proportions, each action over its own area. */
export function imagemapBubble(message, phone) {
  const { baseUrl, baseSize = {}, altText, actions = [], video } = message;
  const size = { width: Number(baseSize.width) || 1040, height: Number(baseSize.height) || 1040 };
  const image = picture(
    safeMedia(`${baseUrl}/1040`),
    { alt: altText ?? "" },
    h("span", { class: "missing" }, altText ?? ""),
  );
  const frame = h("div", { class: "bubble imagemap", style: { aspectRatio: `${size.width} / ${size.height}` } }, image);
  if (video) frame.append(film(video, size));
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

function film({ originalContentUrl, previewImageUrl, area: place = {}, externalLink }, size) {
  const shown = h("video", {
    controls: true,
    preload: "none",
    playsinline: true,
    poster: safeMedia(previewImageUrl),
    src: safeMedia(originalContentUrl),
  });
  const box = placed(h("div", { class: "spot film-spot" }, shown), place, size);
  const address = safeLink(externalLink?.linkUri);
  if (address) {
    const href = isWeb(address) ? inApp(address) : address;
    const link = h(
      "a",
      { class: "film-link", href, target: "_blank", rel: "noopener noreferrer", hidden: true },
      externalLink.label ?? t("More"),
    );
    shown.addEventListener("ended", () => (link.hidden = false));
    box.append(link);
  }
  return box;
}
