// Every htmx request carries the CSRF token; a server that does not answer is told to the reader.
document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
});

document.addEventListener("htmx:error", (event) => {
  // A poll tries again by itself; only what a person started deserves a message.
  const trigger = event.target.getAttribute?.("hx-trigger") ?? "";
  if (trigger.includes("every")) return;
  const message = document.getElementById("connection-lost").dataset.message;
  document.body.dispatchEvent(new CustomEvent("toast", { detail: { toasts: [{ kind: "error", message }] } }));
});
