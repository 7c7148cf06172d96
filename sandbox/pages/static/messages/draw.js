// One message of any type as an element; a type that is not known is shown by its name and never breaks the chat.

import { h } from "../dom.js";
import { moodName, sticker } from "../stickers.js";
import { t } from "../words.js";
import { flexBubble } from "./flex.js";
import { imagemapBubble } from "./imagemap.js";
import { audioBubble, fileBubble, imageBubble, locationBubble, videoBubble } from "./media.js";
import { templateBubble } from "./template.js";
import { textBubble } from "./text.js";

const stickerBubble = ({ packageId, stickerId }) =>
  h(
    "div",
    { class: "bubble bare" },
    sticker(packageId, stickerId, t("Sticker: {name}", { name: t(moodName(stickerId)) })),
  );

const couponBubble = ({ couponId }) =>
  h(
    "div",
    { class: "bubble coupon" },
    h("span", { "aria-hidden": "true" }, "🎟"),
    h("span", {}, h("strong", {}, t("Coupon")), h("code", {}, couponId ?? "")),
  );

const DRAWERS = {
  text: textBubble,
  textV2: textBubble,
  sticker: stickerBubble,
  image: imageBubble,
  video: (message, phone) => videoBubble(message, (trackingId) => phone.act({ act: "video-complete", trackingId })),
  audio: audioBubble,
  location: locationBubble,
  file: fileBubble,
  coupon: couponBubble,
  imagemap: imagemapBubble,
  template: templateBubble,
  flex: flexBubble,
};

/** The element for a message. */
export function drawMessage(message, phone) {
  try {
    const drawn = DRAWERS[message.type]?.(message, phone);
    if (drawn) return drawn;
  } catch (error) {
    console.error("This message could not be drawn.", message, error);
  }
  return h(
    "div",
    { class: "bubble unknown" },
    t("A message that cannot be shown here: {type}", { type: message.type ?? "?" }),
    message.altText ? h("p", {}, message.altText) : null,
  );
}
