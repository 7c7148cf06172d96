// happy-dom has no XPath, by which htmx looks for attributes that the content policy forbids.
class NoMatches {
  createExpression() { return { evaluate: () => ({ iterateNext: () => null }) }; }
}

// Lets htmx itself work on the page, whose requests go through `window.fetch`.
export async function htmxOn() {
  globalThis.XPathEvaluator = NoMatches;
  for (const name of ["CSS", "Document", "HTMLCollection", "HTMLScriptElement", "HTMLTemplateElement", "NodeList", "history"]) Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
  const { default: htmx } = await import("htmx.org/dist/htmx.esm.js");
  window.htmx = htmx;
  // A request that is never answered would keep Node waiting for its end.
  htmx.config.defaultTimeout = 0;
  htmx.process(document.body);
}
