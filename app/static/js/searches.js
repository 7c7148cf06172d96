// What search forms are asking for: while words are on their way, nothing asks for them again.
const asked = new WeakMap();

// One that replaces what it has on its way, so that each question is sent.
const isSearch = (form) => form?.matches?.("form[role=search][hx-sync$=replace]") ?? false;
const wordsOf = ({ method, action, body }) => `${method} ${action}?${new URLSearchParams(body)}`;

// Whether the form is asking just this.
export function isAsked(ctx) {
  const { request, sourceElement } = ctx;
  if (!isSearch(sourceElement)) return false;
  const words = wordsOf(request);
  if (asked.get(sourceElement)?.words === words) return true;
  asked.set(sourceElement, { ctx, words });
  return false;
}

// At the end of a request, whatever became of it.
export function settle(ctx) {
  if (asked.get(ctx.sourceElement)?.ctx === ctx) asked.delete(ctx.sourceElement);
}
