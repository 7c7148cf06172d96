// The row of quick replies above the input.

import { tapButton } from "./actions.js";
import { h, picture } from "./dom.js";
import { fetched } from "./fetched.js";

const SYMBOLS = { camera: "📷", cameraRoll: "🖼", location: "📍", datetimepicker: "🗓" };

/** Show these replies, or nothing when there are none; LINE for PC never shows any. */
export function showQuickReplies(root, offered, phone) {
  const items = phone.onPc ? [] : offered;
  root.hidden = items.length === 0;
  root.replaceChildren(
    ...items.map(({ imageUrl, action = {} }) =>
      tapButton(action, phone, { class: "quick-reply" }, symbol(imageUrl, action), h("span", {}, action.label ?? "")),
    ),
  );
}

function symbol(imageUrl, action) {
  const own = SYMBOLS[action.type] ? h("span", { "aria-hidden": "true" }, SYMBOLS[action.type]) : null;
  return imageUrl ? picture(fetched(imageUrl), { width: 20, height: 20 }, own ?? h("span")) : own;
}
