// <button data-copy="text"> puts the text on the clipboard and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const message = button.dataset.copied;
  document.body.dispatchEvent(new CustomEvent("toast", { detail: { toasts: [{ kind: "success", message }] } }));
});
