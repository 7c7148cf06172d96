// How the words of Flex messages (md, lg, kilo, …) become CSS.

import { safeColour, safeLength } from "../safe.js";

const SPACES = { none: "0px", xs: "2px", sm: "4px", md: "8px", lg: "12px", xl: "16px", xxl: "20px" };
const CORNERS = SPACES;
const BORDERS = { none: "0px", light: "0.5px", normal: "1px", medium: "2px", "semi-bold": "3px", bold: "4px" };
const LETTERS = {
  xxs: "11px",
  xs: "13px",
  sm: "14px",
  md: "16px",
  lg: "19px",
  xl: "22px",
  xxl: "29px",
  "3xl": "35px",
  "4xl": "48px",
  "5xl": "74px",
};
const PICTURES = {
  xxs: "40px",
  xs: "60px",
  sm: "80px",
  md: "100px",
  lg: "120px",
  xl: "140px",
  xxl: "160px",
  "3xl": "180px",
  "4xl": "200px",
  "5xl": "220px",
  full: "100%",
};
const ENDS = { start: "flex-start", center: "center", end: "flex-end" };
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };
const CONTENT = ["center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"];

export const space = (value) => safeLength(value, SPACES);
export const letterSize = (value) => safeLength(value, LETTERS) ?? LETTERS.md;
export const pictureSize = (value) => safeLength(value, PICTURES) ?? PICTURES.md;
export const ends = (value) => ENDS[value] ?? null;
export const gravity = (value) => GRAVITY[value] ?? null;

/** Set what has a value, and only that. */
export function put(element, styles) {
  for (const [name, value] of Object.entries(styles))
    if (value !== null && value !== undefined) element.style[name] = value;
  return element;
}

/** A box's own look: background, border, corners, padding, size and how it arranges what is in it. */
export function boxStyle(box, padding) {
  const all = space(box.paddingAll) ?? padding;
  return {
    background: gradient(box.background),
    backgroundColor: safeColour(box.backgroundColor),
    borderColor: safeColour(box.borderColor),
    borderWidth: safeLength(box.borderWidth, BORDERS),
    borderStyle: box.borderWidth || box.borderColor ? "solid" : null,
    borderRadius: safeLength(box.cornerRadius, CORNERS),
    overflow: box.cornerRadius ? "hidden" : null,
    paddingTop: space(box.paddingTop) ?? all,
    paddingBottom: space(box.paddingBottom) ?? all,
    paddingInlineStart: space(box.paddingStart) ?? all,
    paddingInlineEnd: space(box.paddingEnd) ?? all,
    width: safeLength(box.width),
    maxWidth: safeLength(box.maxWidth),
    height: safeLength(box.height),
    maxHeight: safeLength(box.maxHeight),
    justifyContent: CONTENT.includes(box.justifyContent) ? box.justifyContent : null,
    alignItems: CONTENT.slice(0, 3).includes(box.alignItems) ? box.alignItems : null,
  };
}

function gradient(background) {
  if (background?.type !== "linearGradient") return null;
  const { angle, startColor, centerColor, centerPosition, endColor } = background;
  const [start, center, end] = [startColor, centerColor, endColor].map(safeColour);
  const degrees = /^\d{1,3}(\.\d+)?deg$/.test(angle ?? "") ? angle : "0deg";
  if (!start || !end) return null;
  const middle = center ? `${center} ${safeLength(centerPosition) ?? "50%"}, ` : "";
  return `linear-gradient(${degrees}, ${start}, ${middle}${end})`;
}

/** How a component stands in its parent: share of the room, distance to the one before, absolute place. */
export function placing(component, parent, isFirst) {
  const across = parent.layout !== "vertical";
  const distance =
    isFirst || component.position === "absolute" ? null : (space(component.margin) ?? space(parent.spacing));
  return {
    flex: share(component, across),
    [across ? "marginInlineStart" : "marginTop"]: distance,
    ...offsets(component),
  };
}

function share({ type, flex, width, height }, across) {
  if (type === "filler") return `${flex ?? 1} 0 0px`;
  if (type === "icon" || type === "separator" || (across ? width : height)) return "0 0 auto";
  if (across) return flex === 0 ? "0 1 auto" : `${flex ?? 1} 1 0px`;
  return flex > 0 ? `${flex} 1 auto` : "0 0 auto";
}

function offsets({ position, offsetTop, offsetBottom, offsetStart, offsetEnd }) {
  return {
    position: position === "absolute" ? "absolute" : null,
    top: space(offsetTop),
    bottom: space(offsetBottom),
    insetInlineStart: space(offsetStart),
    insetInlineEnd: space(offsetEnd),
  };
}

/** The look of letters in texts and spans. */
export function letterStyle({ size, color, weight, style, decoration }, inherited = false) {
  return {
    fontSize: inherited && !size ? null : letterSize(size),
    color: safeColour(color),
    fontWeight: weight === "bold" ? "700" : null,
    fontStyle: style === "italic" ? "italic" : null,
    textDecoration: ["underline", "line-through"].includes(decoration) ? decoration : null,
  };
}
