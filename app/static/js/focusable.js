const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";

const isReachable = (control) =>
  !control.disabled && control.tabIndex >= 0 && !control.closest("[hidden], [inert]") && isShown(control);

// Without layout, as in the unit tests, everything counts as shown.
const isShown = (control) => control.checkVisibility?.({ visibilityProperty: true }) ?? true;

// Controls inside the element that the keyboard reaches, in order.
export const focusables = (element) => [...element.querySelectorAll(CONTROLS)].filter(isReachable);

// Focuses the element, or the first control inside it; says whether there was one.
export const focusWithin = (element, options) => {
  if (!element) return false;
  const control = element.matches(CONTROLS) ? element : focusables(element)[0];
  if (!control || control.disabled) return false;
  control.focus(options);
  return true;
};
