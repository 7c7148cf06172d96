// Choosing rows of a list: a box for the page, a bar that says how many, and in some lists a button for the whole result.
(() => {
  const rowsOf = (list) => [...list.querySelectorAll("[data-select-row]")];
  const wholeOf = (list) => list.querySelector("[data-select-whole-value]") ?? {};

  const show = (list) => {
    const bar = list.querySelector("[data-selection-bar]");
    if (!bar) return;
    const rows = rowsOf(list);
    const chosen = rows.filter((row) => row.checked).length;
    const whole = wholeOf(list).value === "1";
    const page = list.querySelector("[data-select-page]");
    page.checked = chosen > 0 && chosen === rows.length;
    page.indeterminate = chosen > 0 && chosen < rows.length;
    const count = list.querySelector("[data-selection-count]");
    count.textContent = whole ? count.dataset.wholeLabel : count.dataset.label.replace("{n}", chosen);
    list.querySelector("[data-select-whole]")?.toggleAttribute("hidden", whole || chosen < rows.length);
    bar.hidden = chosen === 0;
  };

  const choose = (list, isChosen, whole = "") => {
    for (const row of rowsOf(list)) row.checked = isChosen;
    wholeOf(list).value = whole;
    show(list);
  };

  document.addEventListener("change", (event) => {
    const list = event.target.closest("[data-selection]");
    if (!list) return;
    if (event.target.matches("[data-select-page]")) choose(list, event.target.checked);
    if (event.target.matches("[data-select-row]")) {
      wholeOf(list).value = "";
      show(list);
    }
  });

  document.addEventListener("click", (event) => {
    const list = event.target.closest("[data-selection]");
    if (event.target.closest("[data-select-whole]")) choose(list, true, "1");
    if (event.target.closest("[data-select-none]")) choose(list, false);
  });

  // A list that somebody is choosing from stays as it is.
  document.addEventListener("htmx:before:request", (event) => {
    const list = event.target.closest("[data-waits-for-selection]")?.closest("[data-selection]");
    if (list && rowsOf(list).some((row) => row.checked)) event.preventDefault();
  });

  // A browser that comes back to the page may have kept the boxes.
  window.addEventListener("pageshow", () => document.querySelectorAll("[data-selection]").forEach(show));
})();
