// Dialogs close after htmx has sent their form, and on a click beside them; older browsers learn command/commandfor.
(() => {
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[commandfor]");
      const dialog = button && document.getElementById(button.getAttribute("commandfor"));
      if (!dialog) return;
      if (button.getAttribute("command") === "show-modal") dialog.showModal();
      if (button.getAttribute("command") === "close") dialog.close();
    });
  }

  document.addEventListener("click", (event) => {
    if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
  });

  // A refused form stays open, with its errors swapped into it.
  document.addEventListener("htmx:before:swap", (event) => {
    const ctx = event.detail.ctx;
    const isForm = ctx?.sourceElement?.matches?.("form");
    if (isForm && ctx.response?.status < 400) ctx.sourceElement.closest("dialog[open]")?.close();
  });
})();
