// Text as it stands in a bubble: line breaks kept, addresses made links, emoji and mentions put in their places.

import { webLink } from "../actions.js";
import { h } from "../dom.js";
import { emojiDrawing } from "../line-emoji.js";
import { isWeb } from "../safe.js";
import { t } from "../words.js";

const ADDRESS = /https?:\/\/[^\s<>"'「」（）、。]+|tel:\+?[\d-]{3,}|line:\/\/[^\s<>"'「」（）、。]+/gi;
const TRAILING = /[.,!?;:)\]]+$/;
const PLACE = /\{\{|\}\}|\{(\w{1,20})\}/g;

/** A text message of either kind. */
export function textBubble(message, phone) {
  const parts = message.type === "textV2" ? substituted(message, phone) : withEmojis(message, phone);
  return h("div", { class: "bubble words", dir: "auto" }, parts);
}

/** Plain text with its addresses as links. */
function linked(text, phone) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    parts.push(text.slice(from, match.index), link(address, phone));
    from = match.index + address.length;
  }
  return [...parts, text.slice(from)];
}

function link(address, phone) {
  if (isWeb(address)) return webLink(address, phone, {}, address);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address);
}

/** The first kind: `$` at the given places stands for an emoji. */
function withEmojis({ text = "", emojis = [] }, phone) {
  const parts = [];
  let from = 0;
  for (const place of [...emojis].sort((a, b) => a.index - b.index)) {
    parts.push(...linked(text.slice(from, place.index), phone), emoji(place));
    from = place.index + (place.length ?? 1);
  }
  return [...parts, ...linked(text.slice(from), phone)];
}

/** The second kind: names in braces stand for emoji and mentions, doubled braces for themselves. */
function substituted({ text = "", substitution = {} }, phone) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(PLACE)) {
    parts.push(...linked(text.slice(from, match.index), phone), replacement(match, substitution));
    from = match.index + match[0].length;
  }
  return [...parts, ...linked(text.slice(from), phone)];
}

function replacement(match, substitution) {
  if (!match[1]) return match[0][0];
  const value = substitution[match[1]];
  if (value?.type === "emoji") return emoji(value);
  if (value?.type === "mention")
    return h("span", { class: "mention" }, `@${value.mentionee?.type === "all" ? t("All") : match[1]}`);
  return match[0];
}

/** An emoji of LINE's own sets, drawn as one of ours. */
const emoji = (one) => emojiDrawing(one, t("Emoji"));
