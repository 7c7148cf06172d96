// The two dialogs of the phone: a question with fields, and a viewer for pictures and films.

import { byId } from "./dom.js";

/** Ask; resolves to the form's fields when confirmed, else to null. */
export function ask(title, body, { ok = null } = {}) {
  const dialog = byId("asking");
  const form = dialog.querySelector("form");
  const confirm = form.querySelector(".primary");
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector(".asking-body").replaceChildren(...[body].flat());
  confirm.dataset.usual ??= confirm.textContent;
  confirm.textContent = ok ?? confirm.dataset.usual;
  dialog.returnValue = "";
  return new Promise((resolve) => {
    const answer = () => resolve(dialog.returnValue === "ok" ? Object.fromEntries(new FormData(form)) : null);
    dialog.addEventListener("close", answer, { once: true });
    dialog.showModal();
  });
}

/** Show something large; closing it empties the viewer, which also stops a film. */
export function view(...content) {
  const dialog = byId("viewer");
  const body = dialog.querySelector(".viewer-body");
  body.replaceChildren(...content);
  dialog.addEventListener("close", () => body.replaceChildren(), { once: true });
  dialog.showModal();
  return dialog;
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close("");
  });
}
