// Small helps in forms: a control that submits its form when it changes, and one submit a form.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// A second click must not send a form twice. htmx would queue it, and send it even while the browser is leaving.
document.addEventListener("submit", (event) => {
  if (!event.target.dataset.sent) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "1";
});

document.addEventListener("htmx:before:request", (event) => {
  const form = event.detail.ctx.sourceElement;
  if (form instanceof HTMLFormElement && form.method === "post") form.dataset.sent = "1";
});

// Whoever is sent to another page does not come back to this form.
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, hx } = event.detail.ctx;
  if (!hx?.redirect) delete sourceElement?.dataset.sent;
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
