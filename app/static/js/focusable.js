const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
const FIELDS = "input:not([type=hidden]), select, textarea";

const isReachable = (control) =>
  !control.disabled && control.tabIndex >= 0 && !control.closest("[hidden], [inert]") && isShown(control);

// Without layout, as in the unit tests, everything counts as shown.
const isShown = (control) => control.checkVisibility?.({ visibilityProperty: true }) ?? true;

// Controls inside the element that the keyboard reaches, in order.
export const focusables = (element) => [...element.querySelectorAll(CONTROLS)].filter(isReachable);

const first = (element) => {
  const found = focusables(element);
  return ("focusField" in element.dataset && found.find((control) => control.matches(FIELDS))) || found[0];
};

// Focuses the element, or the first control inside it, with `data-focus-field` the first field; says whether there was one.
export const focusWithin = (element, options) => {
  if (!element) return false;
  const control = element.matches(CONTROLS) ? element : first(element);
  if (!control || control.disabled || !isShown(control)) return false;
  control.focus(options);
  return true;
};
