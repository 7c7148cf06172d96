// What an account may make a page do: only known kinds of addresses, colours and lengths come through.

const LINKS = ["http:", "https:", "line:", "tel:"];
const HEX = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const LENGTH = /^-?\d+(?:\.\d+)?(?:px|%)$/;

/** The address when it may be opened, else null. */
export function safeLink(address) {
  return LINKS.includes(protocol(address)) ? String(address) : null;
}

/** The address when it may be loaded as picture, sound or film, else null. */
export function safeMedia(address) {
  return ["http:", "https:"].includes(protocol(address)) ? String(address) : null;
}

export const isWeb = (address) => ["http:", "https:"].includes(protocol(address));

function protocol(address) {
  try {
    return new URL(String(address)).protocol;
  } catch {
    return null;
  }
}

export const safeColour = (value) => (HEX.test(value ?? "") ? value : null);

/** A length in pixels or per cent, or what a keyword stands for; null for anything else. */
export function safeLength(value, keywords = {}) {
  if (typeof value !== "string") return null;
  if (Object.hasOwn(keywords, value)) return keywords[value];
  return LENGTH.test(value) ? value : null;
}

/** A ratio such as 20:13 as CSS wants it. */
export function safeRatio(value, fallback) {
  const match = /^(\d{1,6}(?:\.\d+)?):(\d{1,6}(?:\.\d+)?)$/.exec(value ?? "");
  return match ? `${match[1]} / ${match[2]}` : fallback;
}
