// LINE emoji as people type them: a placeholder such as (Hello) stands in the text, and the message says what it is.

import { MOOD_NAMES, sticker } from "./stickers.js";

const PRODUCT = "5ac1bfd5040ab15980c9b435";

// Emoji of sets that the phone does not know have an empty name.
const NAMELESS = { placeholder: "()", productId: "5ac21a8c040ab15980c9b43f", emojiId: "001" };

/** The emoji in the tray, each with its name, its placeholder and LINE's numbers. */
export const EMOJI = [
  ...MOOD_NAMES.map((name, number) => ({
    name,
    placeholder: `(${name.replace(/[^\w ]/g, "").toLowerCase()})`,
    productId: PRODUCT,
    emojiId: String(number + 1).padStart(3, "0"),
  })),
  { name: "without a name", ...NAMELESS },
];

/** The drawing of an emoji. */
export function emojiDrawing({ productId, emojiId }, label) {
  const drawing = sticker(productId, String(1987 + Number(emojiId)), label);
  drawing.setAttribute("class", "emoji");
  return drawing;
}

/** Where emoji stand in a text, as LINE tells it: only what was picked is one, however much the rest looks like it. */
export function placesOf(text, picked) {
  const found = [];
  for (const { placeholder, productId, emojiId } of new Set(picked)) {
    for (let index = text.indexOf(placeholder); index >= 0; index = text.indexOf(placeholder, index + 1))
      found.push({ index, length: placeholder.length, productId, emojiId });
  }
  return found.sort((one, other) => one.index - other.index);
}
