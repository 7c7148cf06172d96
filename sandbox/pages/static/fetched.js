// Where the page gets the pictures, films and sounds of messages: the sandbox fetches them as the app on a phone does.

import { byId } from "./dom.js";
import { safeMedia } from "./safe.js";

const { channel, user, group } = byId("phone").dataset;
// The widths in which the app asks for an imagemap.
const WIDTHS = [240, 300, 460, 700, 1040];

/** The address to load, or null when this is none that may be loaded. */
export function fetched(address) {
  const safe = safeMedia(address);
  if (!safe || new URL(safe).origin === location.origin) return safe;
  return `/_sandbox/media/${channel}/${group || user}?${new URLSearchParams({ address: safe })}`;
}

/** The smallest width of an imagemap that fills so many CSS pixels of this screen. */
export function imagemapWidth(shown) {
  return WIDTHS.find((width) => width >= shown * devicePixelRatio) ?? WIDTHS.at(-1);
}
