// Stickers of our own: a paper lantern with sixteen moods, drawn from the numbers of any sticker.

import { svg } from "./dom.js";

const INK = "#5b3a12";
const COATS = ["#ffd166", "#ffb4a2", "#a7d8f0", "#b8e0b0", "#d9c2f0", "#ffe29a"];

const line = (d, more = {}) =>
  svg("path", {
    d,
    fill: "none",
    stroke: INK,
    "stroke-width": 3.4,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    ...more,
  });
const dot = (x, y, r, fill = INK) => svg("circle", { cx: x, cy: y, r, fill });
const shape = (d, fill, more = {}) => svg("path", { d, fill, ...more });
const heart = (x, y, s, fill = "#ef476f") =>
  shape(
    `M${x} ${y + s}C${x - 2 * s} ${y - s * 0.4} ${x - s * 0.8} ${y - 1.6 * s} ${x} ${y - s * 0.5}C${x + s * 0.8} ${y - 1.6 * s} ${x + 2 * s} ${y - s * 0.4} ${x} ${y + s}Z`,
    fill,
  );
const star = (x, y, s, fill = "#f4a800") =>
  shape(
    `M${x} ${y - s}l${s * 0.3} ${s * 0.7}l${s * 0.7} ${s * 0.3}l${-s * 0.7} ${s * 0.3}l${-s * 0.3} ${s * 0.7}l${-s * 0.3} ${-s * 0.7}l${-s * 0.7} ${-s * 0.3}l${s * 0.7} ${-s * 0.3}z`,
    fill,
  );
const letters = (text, x, y, size, fill = "#0b7a57") =>
  svg(
    "text",
    {
      x,
      y,
      fill,
      "font-size": size,
      "font-weight": 800,
      "font-family": "system-ui, sans-serif",
      "text-anchor": "middle",
    },
    text,
  );

const EYES = {
  open: () => [dot(47, 58, 4), dot(73, 58, 4)],
  glad: () => [line("M41 59q6-8 12 0"), line("M67 59q6-8 12 0")],
  shut: () => [line("M41 57q6 6 12 0"), line("M67 57q6 6 12 0")],
  wink: () => [dot(47, 58, 4), line("M67 58q6-7 12 0")],
  wide: () => [dot(47, 57, 7, "#fff"), dot(73, 57, 7, "#fff"), dot(47, 57, 3.4), dot(73, 57, 3.4)],
  love: () => [heart(47, 58, 6), heart(73, 58, 6)],
  stars: () => [star(47, 57, 9), star(73, 57, 9)],
  cross: () => [line("M41 52l11 5M79 52l-11 5"), dot(48, 61, 3.4), dot(72, 61, 3.4)],
};
const MOUTHS = {
  smile: () => [line("M51 72q9 8 18 0")],
  laugh: () => [shape("M49 69h22q-2 15-11 15t-11-15z", INK), shape("M54 78q6-4 12 0q-2 5-6 5t-6-5z", "#ef8f8f")],
  small: () => [line("M56 74q4 3 8 0")],
  round: () => [svg("ellipse", { cx: 60, cy: 76, rx: 5, ry: 7, fill: INK })],
  sad: () => [line("M51 78q9-8 18 0")],
  flat: () => [line("M53 75h14")],
  cat: () => [line("M50 72q5 6 10 0q5 6 10 0")],
};
const MOODS = [
  ["Hello", "open", "laugh", () => [line("M100 40q8 4 8 12M106 32q11 6 11 18", { stroke: "#0b7a57" })]],
  ["Thank you", "glad", "smile", () => [heart(101, 34, 8), heart(114, 50, 5)]],
  ["OK", "wink", "smile", () => [letters("OK!", 102, 34, 20)]],
  ["Love", "love", "laugh", () => [heart(20, 34, 6), heart(104, 30, 8)]],
  [
    "Haha",
    "glad",
    "laugh",
    () => [line("M33 66q-6 6-3 11", { stroke: "#4aa3df" }), line("M87 66q6 6 3 11", { stroke: "#4aa3df" })],
  ],
  ["Wow", "wide", "round", () => [letters("!", 103, 38, 30, "#e4572e")]],
  ["Sad", "shut", "sad", () => [shape("M84 66q7 9 0 13q-7-4 0-13z", "#4aa3df")]],
  ["Sorry", "shut", "small", () => [line("M96 34q-5 7 0 12q5-5 0-12", { stroke: "#4aa3df", "stroke-width": 2.6 })]],
  ["Sleepy", "shut", "round", () => [letters("z", 94, 40, 18, "#4a6fa5"), letters("Z", 108, 28, 24, "#4a6fa5")]],
  ["Cross", "cross", "flat", () => [line("M96 28l6 6m0-6l-6 6M106 36l5 5m0-5l-5 5", { stroke: "#e4572e" })]],
  ["Hm?", "open", "flat", () => [letters("?", 103, 38, 30, "#4a6fa5")]],
  ["You can do it", "stars", "laugh", () => [star(18, 36, 9), star(104, 32, 11)]],
  ["Song", "glad", "round", () => [letters("♪", 102, 36, 26), letters("♫", 18, 44, 20)]],
  ["Hehe", "wink", "cat", () => []],
  ["Good night", "shut", "smile", () => [shape("M106 22a13 13 0 1 0 8 22a11 11 0 0 1-8-22z", "#f4c430")]],
  [
    "Congratulations",
    "stars",
    "smile",
    () => [
      dot(16, 40, 3.5, "#ef476f"),
      dot(26, 26, 3, "#4aa3df"),
      dot(98, 24, 3.5, "#06a77d"),
      dot(110, 40, 3, "#f4a800"),
      star(62, 8, 7),
    ],
  ],
];

/** The stickers in the tray: numbers as LINE's, moods in order. */
export const TRAY = MOODS.map(([name], number) => ({ name, packageId: "446", stickerId: String(1988 + number) }));

export const MOOD_NAMES = MOODS.map(([name]) => name);

const moodOf = (stickerId) => {
  const digits = Number(String(stickerId).replace(/\D/g, "").slice(-6)) || 0;
  return MOODS[(((digits - 1988) % MOODS.length) + MOODS.length) % MOODS.length];
};

export const moodName = (stickerId) => moodOf(stickerId)[0];

/** The drawing for a sticker's numbers: always the same one. */
export function sticker(packageId, stickerId, label) {
  const [, eyes, mouth, extras] = moodOf(stickerId);
  const coat = COATS[(Number(String(packageId).replace(/\D/g, "").slice(-6)) || 0) % COATS.length];
  return svg(
    "svg",
    { viewBox: "0 0 120 120", class: "sticker", role: "img", "aria-label": label },
    svg("rect", { x: 46, y: 14, width: 28, height: 12, rx: 3, fill: "#8d6e4a" }),
    svg("rect", { x: 24, y: 22, width: 72, height: 78, rx: 34, fill: coat, stroke: "#fff", "stroke-width": 3 }),
    [36, 49, 84].map((y) =>
      line(`M${y === 49 ? 25 : 31} ${y}q${y === 49 ? 35 : 29} 7 ${y === 49 ? 70 : 58} 0`, {
        stroke: "#fff",
        "stroke-width": 1.6,
        opacity: 0.55,
      }),
    ),
    svg("rect", { x: 46, y: 98, width: 28, height: 10, rx: 3, fill: "#8d6e4a" }),
    svg("ellipse", { cx: 37, cy: 70, rx: 6, ry: 4, fill: "#ef8f8f", opacity: 0.55 }),
    svg("ellipse", { cx: 83, cy: 70, rx: 6, ry: 4, fill: "#ef8f8f", opacity: 0.55 }),
    EYES[eyes](),
    MOUTHS[mouth](),
    extras(),
  );
}
