// Forms marked `data-guard`: the save bar appears once something changed, and leaving asks first.
(() => {
  const snapshot = (form) => JSON.stringify([...new FormData(form)].map(([k, v]) => [k, v instanceof File ? v.name : v]));
  const saved = new WeakMap();
  let leaving = false;
  // The request that is to save the form.
  let sent = null;

  // A refused form was printed with what was typed, which is not saved either.
  const isRefused = (form) => form.hasAttribute("data-guard-dirty");

  const isChanged = (form) => isRefused(form) || (saved.has(form) && saved.get(form) !== snapshot(form));

  const show = (form) => {
    const bar = form.querySelector("[data-save-bar]");
    bar?.classList.toggle("is-needed", isChanged(form));
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
  document.addEventListener("reset", (event) => {
    const form = guarded(event);
    if (!form) return;
    if (!isRefused(form) && !form.hasAttribute("data-guard-reload")) return setTimeout(() => show(form));
    // Only the server knows what was there before: typed values were refused, or fields came and went.
    leaving = true;
    location.reload();
  });
  document.addEventListener("submit", (event) => {
    if (guarded(event) && !guarded(event).hasAttribute("hx-post")) leaving = true;
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (!event.detail.ctx.sourceElement.matches("form[data-guard]")) return;
    sent = event.detail.ctx;
    leaving = true;
  });
  // Other answers, such as a preview's, may come in between and say nothing of whether the form was saved.
  document.addEventListener("htmx:finally:request", (event) => {
    const { ctx } = event.detail;
    if (ctx === sent && !ctx.hx?.redirect) leaving = false;
  });
  document.addEventListener("click", (event) => event.target.closest?.("[data-guard-leave]") && (leaving = true));
  document.addEventListener("htmx:after:swap", () => watch(document));

  window.addEventListener("beforeunload", (event) => {
    const changed = [...document.querySelectorAll("form[data-guard]")].some(isChanged);
    if (changed && !leaving) event.preventDefault();
  });

  watch(document);
})();
