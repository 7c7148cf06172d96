// Names that people typed, in whatever script: each stands in its own direction and never disturbs what is around it.

import { t } from "./words.js";

// Unlike spaces, marks and control characters, these count as letters or symbols, but nothing is seen of them.
const VISIBLE = /[^\p{C}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The name, or words in place of one of which nothing can be seen. */
export const nameOrNone = (name) => (VISIBLE.test(name ?? "") ? name : t("Name not known"));

/** A name as an element. */
export function bdi(name) {
  const element = document.createElement("bdi");
  element.textContent = nameOrNone(name);
  return element;
}

/** A name inside a sentence or an attribute, between the characters that isolate it. */
export const isolated = (name) => `\u2068${nameOrNone(name)}\u2069`;

/** The first whole character that can be seen, for the place of a picture. */
export function initial(name) {
  for (const { segment } of characters.segment(name ?? "")) if (VISIBLE.test(segment)) return segment;
  return "?";
}
