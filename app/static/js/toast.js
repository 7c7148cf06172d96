// Shows a short message in the corner; kinds: success, info, error. controllers/toasts.js hears the event.
export const toast = (kind, message) =>
  document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { toasts: [{ kind, message }] } }));

export const csrfToken = () => document.querySelector("meta[name=csrf-token]").content;
