// What happens when something is tapped: the action objects of buttons, pictures, areas and quick replies.

import { attempt, call, copy, toast } from "./api.js";
import { ask } from "./asking.js";
import { h } from "./dom.js";
import { isWeb, safeLink } from "./safe.js";
import { t } from "./words.js";

const PREFILLED = /^(?:https:\/\/line\.me\/R\/|line:\/\/)oaMessage\/[^/?]+\/?\?(.+)$/;
const INPUTS = { date: "date", time: "time", datetime: "datetime-local" };

/** A button or link that carries out the action, with its label unless other content is given. */
export function tapButton(action, phone, attributes = {}, ...content) {
  const children = content.length ? content : [action.label ?? ""];
  if (action.type === "uri" && isWeb(action.uri) && !PREFILLED.test(action.uri)) {
    return webLink(aimOf(action, phone), phone, attributes, ...children);
  }
  const listener = { click: () => perform(action, phone) };
  return h("button", { type: "button", ...attributes, on: listener }, ...children);
}

/** A link that opens as it does within LINE. */
export function webLink(address, phone, attributes, ...content) {
  const click = (event) => {
    event.preventDefault();
    visit(address, phone);
  };
  const where = { href: address, target: "_blank", rel: "noopener noreferrer", on: { click } };
  return h("a", { ...attributes, ...where }, ...content);
}

/** Where an action leads; LINE for PC prefers the address that was made for it. */
const aimOf = ({ uri, altUri }, phone) => (phone.onPc && altUri?.desktop) || uri;

/** Make an element of any shape tappable, by keyboard too. */
export function makeTappable(element, action, phone) {
  if (!action || typeof action !== "object") return element;
  element.classList.add("tappable");
  element.tabIndex = 0;
  element.setAttribute("role", action.type === "uri" ? "link" : "button");
  if (action.label) element.setAttribute("aria-label", action.label);
  const tap = (event) => {
    if (event.target.closest("a, button, [role=button], [role=link]") !== element) return;
    event.preventDefault();
    perform(action, phone);
  };
  element.addEventListener("click", tap);
  element.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && tap(event));
  return element;
}

/** Do what the action says. */
export async function perform(action, phone) {
  switch (action.type) {
    case "uri":
      return openAddress(aimOf(action, phone), phone);
    case "clipboard":
      return copy(action.clipboardText ?? "");
    case "datetimepicker":
      return pickMoment(action, phone);
    case "camera":
    case "cameraRoll":
      return phone.openTray("pictures");
    case "location":
      return phone.openTray("places");
    default: {
      const outcome = await phone.act({ act: "tap", action });
      const wish = outcome?.phone ?? {};
      if (wish.inputOption === "openKeyboard") phone.write(wish.fillInText ?? "");
      if (wish.inputOption === "closeRichMenu") phone.richMenu.show(false);
      if (wish.inputOption === "openRichMenu") phone.richMenu.show(true);
    }
  }
}

async function pickMoment(action, phone) {
  const { mode, initial, min, max } = action;
  const type = INPUTS[mode] ?? "datetime-local";
  const field = h("input", {
    type,
    name: "moment",
    value: asTyped(initial) ?? "",
    min: asTyped(min),
    max: asTyped(max),
    required: true,
    "aria-label": t("Date and time"),
  });
  const answer = await ask(action.label || t("Pick a date"), field);
  if (answer?.moment) await phone.act({ act: "tap", action, params: { [mode]: answer.moment } });
}

/** LINE takes a small t between day and time, browsers a capital one. */
const asTyped = (moment) => moment?.replace("t", "T");

/** Open an address as LINE would; what only a phone can open is told instead. */
export function openAddress(address, phone) {
  const prefilled = PREFILLED.exec(address ?? "");
  if (prefilled) return phone.write(decoded(prefilled[1]));
  if (!safeLink(address)) return toast(t("LINE does not open addresses of this kind."), "bad");
  if (isWeb(address)) return visit(address, phone);
  return toast(t("On a real phone this opens {address}", { address }));
}

/**
 * Open a web address as the browser of a phone does, which knows nothing of who is signed in here, and show in a new
 * tab what it leads to. The tab opens at once, because browsers allow that only as the answer to a tap.
 */
async function visit(address, phone) {
  const tab = window.open("", "_blank");
  if (tab) tab.opener = null;
  const found = await attempt(() => call("POST", `${phone.personPath}/visits`, { address }));
  const target = safeLink(found?.leads_to) ?? address;
  if (PREFILLED.test(target)) {
    tab?.close();
    return openAddress(target, phone);
  }
  if (!tab) return toast(t("Allow this page to open new tabs; the link leads to {address}", { address: target }), "warn");
  return tab.location.replace(target);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
