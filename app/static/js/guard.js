// Forms marked `data-guard`: the save bar appears once something changed, and leaving asks first.
(() => {
  const snapshot = (form) => JSON.stringify([...new FormData(form)].map(([k, v]) => [k, v instanceof File ? v.name : v]));
  const saved = new WeakMap();
  let leaving = false;

  const isChanged = (form) => saved.has(form) && saved.get(form) !== snapshot(form);

  const show = (form) => {
    const bar = form.querySelector("[data-save-bar]");
    bar?.classList.toggle("is-needed", isChanged(form) || form.hasAttribute("data-guard-dirty"));
  };

  const watch = (root) => {
    for (const form of root.querySelectorAll?.("form[data-guard]") ?? []) {
      if (!saved.has(form)) saved.set(form, snapshot(form));
      show(form);
    }
  };

  const guarded = (event) => event.target.closest?.("form[data-guard]");

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => guarded(event) && show(guarded(event)));
  }
  document.addEventListener("reset", (event) => guarded(event) && setTimeout(() => show(event.target)));
  document.addEventListener("submit", (event) => guarded(event) && (leaving = true));
  document.addEventListener("htmx:after:swap", () => {
    leaving = false;
    watch(document);
  });

  window.addEventListener("beforeunload", (event) => {
    const changed = [...document.querySelectorAll("form[data-guard]")].some(isChanged);
    if (changed && !leaving) event.preventDefault();
  });

  watch(document);
})();
