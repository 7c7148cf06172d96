// What search forms have asked for: the same words are asked for once in a row, by typing, by Enter or by a choice.
const asked = new WeakMap();

// One that replaces what it has on its way, so that each question is sent.
const isSearch = (form) => form?.matches?.("form[role=search][hx-sync$=replace]") ?? false;
const wordsOf = ({ method, action, body }) => `${method} ${action}?${new URLSearchParams(body)}`;

// Whether the form is asking just this, or shows the answer and its page follows what changes there.
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
  const { response, sourceElement, status } = ctx;
  if (asked.get(sourceElement)?.ctx !== ctx) return;
  const isShown = status === "swapped" && response.status < 400;
  if (!isShown || !("follows" in sourceElement.dataset)) asked.delete(sourceElement);
}
