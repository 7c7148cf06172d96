// A swap that replaces the focused control gives the focus to its successor, the element with the same id.
(() => {
  let focused = "";

  document.addEventListener("htmx:config:request", () => {
    focused = document.activeElement?.id || focused;
  });

  // Whoever acts meanwhile has their own idea of where to be.
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => { focused = ""; });
  }

  document.addEventListener("htmx:after:swap", () => {
    const isLost = !document.activeElement || document.activeElement === document.body;
    const successor = isLost && focused && document.getElementById(focused);
    if (!successor) return;
    successor.focus({ preventScroll: true });
    focused = "";
  });
})();
