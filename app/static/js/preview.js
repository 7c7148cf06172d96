// The preview of a segment says that it is old while the answer about the last change is late, or when there is none.
(() => {
  // A quick answer needs no word in between.
  const PATIENCE = 500;
  let asked = null;
  let late = 0;

  const mark = (isAwaited) => {
    clearTimeout(late);
    document.getElementById("segment-preview")?.toggleAttribute("data-awaited", isAwaited);
  };

  const isAsking = (ctx) => ctx.sourceElement.id === "segment-preview-asks";

  document.addEventListener("htmx:before:request", (event) => {
    if (!isAsking(event.detail.ctx)) return;
    asked = event.detail.ctx;
    clearTimeout(late);
    late = setTimeout(() => mark(true), PATIENCE);
  });

  document.addEventListener("htmx:finally:request", (event) => {
    const { ctx } = event.detail;
    // An earlier question that was given up for a newer one says nothing.
    if (ctx === asked) mark(ctx.response?.status !== 200);
  });
})();
