// The places of a drawn flow to which the keyboard comes: its steps, and where something can be added at an end of it.
const CARD = ".workflow-card";
const PLACE = `${CARD}, .flow-add[data-place]`;
// Which way each arrow leads, on the page.
export const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const isShown = (element) => element.checkVisibility?.() ?? true;
const box = (element) => element.getBoundingClientRect();
const column = (place) => place.closest(".flow-column");
const gap = (from, to, start, end) => Math.max(to[start] - from[end], from[start] - to[end], 0);
const apart = (from, to, start, end) => Math.abs(from[start] + from[end] - to[start] - to[end]) / 2;

const ahead = (from, to, [right, down]) => {
  if (right) return right > 0 ? to.left - from.right : from.left - to.right;
  return down > 0 ? to.top - from.bottom : from.top - to.bottom;
};

// Whether two places stand along one branch: in the same column, or one in a branch of the other's.
const isAlong = (one, other) => {
  const [here, there] = [column(one), column(other)];
  return !here || !there || here.contains(there) || there.contains(here);
};

const least = (list, measure) => list.reduce((best, one) => (best && measure(best) <= measure(one) ? best : one), null);

// What stands in the next row, where something of several branches may stand side by side: the one straight ahead.
const inNextRow = (found, from, height) => {
  const nearest = Math.min(...found.map((one) => one.ahead));
  return least(found.filter((one) => one.ahead <= nearest + height), ({ rect }) => apart(from, rect, "left", "right"));
};

// What stands beside it: first of all at the same height, and never rows away.
const ROWS_APART = 3;
const beside = (found, from, height) =>
  least(found.filter(({ rect }) => gap(from, rect, "top", "bottom") <= ROWS_APART * height), ({ ahead: far, rect }) => far + 4 * gap(from, rect, "top", "bottom") + apart(from, rect, "top", "bottom") / 8);

// The places that are shown, with their boxes.
const shownIn = (canvas) => [...canvas.querySelectorAll(PLACE)].filter(isShown).map((place) => ({ place, rect: box(place) }));

const nextOf = (shown, from, way) => {
  const rect = box(from);
  const found = shown
    .filter(({ place }) => place !== from && (way[0] || isAlong(from, place)))
    .map((one) => ({ ...one, ahead: ahead(rect, one.rect, way) }))
    .filter((one) => one.ahead >= 0);
  return (way[0] ? beside(found, rect, shown[0].rect.height) : inNextRow(found, rect, shown[0].rect.height))?.place;
};

// The next place in a direction: up and down along the branch, left and right among branches.
export const nextPlace = (canvas, from, way) => nextOf(shownIn(canvas), from, way);

// The place where an element stands; what belongs to a step's branches belongs to the step.
export const placeOf = (element) =>
  element?.closest?.(`${CARD}, .flow-add`) ?? element?.closest?.(".flow-step")?.querySelector(CARD) ?? null;

// Ids of a place and of all above it, up to the Start node.
export const trailOf = (canvas, place) => {
  const shown = shownIn(canvas);
  const trail = [];
  for (let one = place; one; one = nextOf(shown, one, ARROWS.ArrowUp)) trail.push(one.id);
  return trail;
};

// Scrolls a flow; where the canvas is as high as the flow, the page scrolls in its place.
export const scrollFlow = (canvas, across, down) => {
  canvas.scrollLeft += across;
  if (canvas.scrollHeight > canvas.clientHeight) canvas.scrollTop += down;
  else window.scrollBy(0, down);
};

export const focusPlace = (place) => (place?.querySelector("a") ?? place)?.focus();
