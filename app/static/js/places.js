import { focusables, focusWithin } from "#js/focusable.js";

const WRONG = "[aria-invalid=true], .is-invalid";
const FIELD = "input:not([type=hidden], [type=search]), select, textarea";
const HEADING = "h1, h2, h3, h4, legend, summary, caption";

const isShown = (element) => !element.closest("dialog:not([open]), [hidden], [inert]") && (element.checkVisibility?.() ?? true);
const shown = (part, selector) => [...part.querySelectorAll(selector)].filter(isShown);
const itself = (part, selector) => (part.matches(selector) ? [part] : []);

// Focuses what is no control: it can have the focus until it loses it.
const rest = (element) => {
  if (!element) return false;
  if (!element.matches("[tabindex], summary")) {
    element.tabIndex = -1;
    element.addEventListener("blur", () => element.removeAttribute("tabindex"), { once: true });
  }
  element.focus({ preventScroll: true });
  element.scrollIntoView?.({ block: "nearest" });
  return true;
};

export const hasFields = (part) => shown(part, FIELD).length > 0;

// The first wrong field of a form that came back refused, or its complaint.
export const toComplaint = (part) => {
  const said = shown(part, ".invalid-feedback").filter(({ textContent }) => textContent.trim());
  const [complaint] = [...shown(part, ".alert[role=alert]"), ...said];
  complaint?.scrollIntoView?.({ block: "center" });
  return shown(part, WRONG).some((field) => focusWithin(field)) || rest(complaint);
};

export const toFirstField = (part) => shown(part, FIELD).some((field) => focusWithin(field));

export const toHeading = (part) => rest([...itself(part, HEADING), ...shown(part, HEADING)][0]);

export const toFirstControl = (part) => focusWithin(focusables(part)[0]);

export const toPart = (part) => rest(part);
