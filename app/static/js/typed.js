const isDrawn = {
  file: (control) => control.files.length === 0,
  checkbox: (control) => control.checked === control.defaultChecked,
  radio: (control) => control.checked === control.defaultChecked,
  "select-one": ({ options, selectedIndex }) => selectedIndex <= 0 ? ![...options].some((one, at) => at && one.defaultSelected) : options[selectedIndex].defaultSelected,
  "select-multiple": ({ options }) => [...options].every((one) => one.selected === one.defaultSelected),
};

const isChanged = (control) => !(isDrawn[control.type] ?? (({ value, defaultValue }) => value === (defaultValue ?? value)))(control);

// Whether something stands on the page that would be lost with it: typed, or refused and not saved.
export const holdsTyped = () => {
  if (document.querySelector("form[data-unsaved], form[method=post] .is-invalid")) return true;
  const forms = document.querySelectorAll("form[method=post]:not([role=search])");
  return [...forms].some((form) => [...form.elements].some((control) => control.type !== "search" && isChanged(control)));
};
