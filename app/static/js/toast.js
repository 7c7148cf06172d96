// Shows a short message in the corner; kinds: success, info, error. controllers/toasts.js hears the event.
export const toast = (kind, message) =>
  document.body.dispatchEvent(new CustomEvent("toast", { bubbles: true, detail: { toasts: [{ kind, message }] } }));

// The sentence that an answer of Tomoru's brings along for a toast; empty when there is none.
export const sentenceOf = (trigger) => JSON.parse(trigger || "{}").toast?.toasts[0]?.message ?? "";
