// Lines of the chat's list, which come one by one as conversations change.

// A page that is left open keeps so many lines.
const MOST = 100;

// Takes out what does not belong into the list any more, and brings the rest into order. The keyboard stays at its line,
// and goes on with the next one where its line is gone.
export function arrange(list) {
  const held = list.contains(document.activeElement) ? document.activeElement : null;
  const at = held ? [...list.children].indexOf(held.closest("li")) : -1;
  for (const gone of list.querySelectorAll("[data-gone]")) gone.remove();
  const isDown = list.dataset.order !== "waiting";
  const ordered = [...list.children].sort((one, other) => (isDown ? compare(other, one) : compare(one, other)));
  for (const [place, line] of ordered.entries()) if (list.children[place] !== line) list.insertBefore(line, list.children[place] ?? null);
  for (const line of ordered.slice(MOST)) line.remove();
  if (!held) return;
  const next = held.isConnected ? held : list.children[Math.min(at, list.children.length - 1)]?.querySelector("a");
  if (next && document.activeElement !== next) next.focus({ preventScroll: true });
}

// Brings lines of a thread into the order of their times; one that went out moves once LINE has taken it.
export function inTime(lines) {
  const at = ({ dataset }) => dataset.at ?? "";
  const number = ({ id }) => (id.startsWith("line-") ? Number(id.slice("line-".length)) : NaN);
  const ordered = [...lines.children].sort((one, other) => (at(one) === at(other) ? number(one) - number(other) || 0 : at(one) < at(other) ? -1 : 1));
  for (const [place, line] of ordered.entries()) if (lines.children[place] !== line) lines.insertBefore(line, lines.children[place]);
}

// The last place that the list shows, where more lines follow on a next page.
export function end(list) {
  return "goesOn" in list.dataset ? list.lastElementChild?.dataset.at : undefined;
}

function compare(one, other) {
  const place = ({ dataset }) => dataset.at;
  return place(one) === place(other) ? Number(one.dataset.id) - Number(other.dataset.id) : place(one) < place(other) ? -1 : 1;
}
