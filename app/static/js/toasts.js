// Short messages in the corner: those printed with the page, and those that come with an answer (event "toast").
(() => {
  const SECONDS = { success: 5, info: 7, error: 12 };

  const vanish = (line, kind) => setTimeout(() => line.remove(), (SECONDS[kind] ?? 7) * 1000);

  // A modal dialog covers everything outside the top layer, so the messages are put on top of it.
  const raise = (box) => {
    if (box.matches(":popover-open")) box.hidePopover();
    box.showPopover();
  };

  document.addEventListener("toast", (event) => {
    for (const { kind, message } of event.detail.toasts ?? []) {
      const line = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
      line.dataset.kind = kind;
      line.querySelector("span").textContent = message;
      document.getElementById("toasts").append(line);
      vanish(line, kind);
    }
    raise(document.getElementById("toasts"));
  });

  document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove());

  for (const line of document.querySelectorAll("[data-toast]")) {
    vanish(line, line.dataset.kind);
  }
})();
