// Pictures, films, sound, places and files; each says so when what it points at cannot be loaded.

import { view } from "../asking.js";
import { h, picture, svg } from "../dom.js";
import { fetched } from "../fetched.js";
import { decimal, t } from "../words.js";

const MAP = "https://www.openstreetmap.org/";

const missing = (text, address) =>
  h("span", { class: "missing" }, h("strong", {}, text), h("small", {}, String(address ?? "").slice(0, 120)));

/** A picture that opens large. */
export function imageBubble({ originalContentUrl, previewImageUrl }) {
  const [large, small] = [fetched(originalContentUrl), fetched(previewImageUrl ?? originalContentUrl)];
  const open = () =>
    view(picture(large, { alt: t("Picture") }, missing(t("The picture cannot be loaded."), originalContentUrl)));
  const image = picture(small, { alt: t("Picture") }, missing(t("The picture cannot be loaded."), previewImageUrl));
  return h(
    "button",
    { type: "button", class: "bubble media", "aria-label": t("Open the picture"), on: { click: open } },
    image,
  );
}

/** A film; watched to its end it tells `finished`. */
export function videoBubble(message, finished) {
  const preview = picture(fetched(message.previewImageUrl), {}, h("span", { class: "film" }));
  const play = h("span", { class: "play", "aria-hidden": "true" }, "▶");
  const open = () => watch(message, finished);
  const label = message.trackingId ? t("Watch the video; the account learns when it ends") : t("Watch the video");
  return h(
    "button",
    { type: "button", class: "bubble media", "aria-label": label, on: { click: open } },
    preview,
    play,
  );
}

function watch({ originalContentUrl, previewImageUrl, trackingId }, finished) {
  const counts = Boolean(trackingId && finished);
  const film = h("video", { controls: true, autoplay: true, playsinline: true, poster: fetched(previewImageUrl) });
  const skip = h("button", { type: "button", class: "primary" }, t("Watch to the end"));
  const note = h(
    "p",
    { class: "quiet", hidden: true },
    counts
      ? t("The video cannot be played here; you can still pretend to have watched it.")
      : t("The video cannot be played here."),
  );
  const dialog = view(film, note, ...(counts ? [skip] : []));
  let told = false;
  const end = () => {
    if (!told && counts) finished(trackingId);
    told = true;
  };
  film.addEventListener("ended", end);
  film.addEventListener("error", () => (note.hidden = false));
  skip.addEventListener("click", () => {
    end();
    dialog.close();
  });
  film.src = fetched(originalContentUrl) ?? "";
}

/** Sound with its own controls. */
export function audioBubble({ originalContentUrl, duration }) {
  const sound = h("audio", { controls: true, preload: "none", src: fetched(originalContentUrl) });
  const seconds = h("span", { class: "quiet" }, t("{count} s", { count: decimal((duration ?? 0) / 1000) }));
  return h("div", { class: "bubble sound" }, sound, seconds);
}

/** A place on a drawn map; it opens a real one. */
export function locationBubble({ title, address, latitude, longitude }) {
  const href = `${MAP}?mlat=${Number(latitude)}&mlon=${Number(longitude)}#map=16/${Number(latitude)}/${Number(longitude)}`;
  const attributes = { class: "bubble place", href, target: "_blank", rel: "noopener noreferrer" };
  const words = h(
    "span",
    { class: "place-words" },
    h("strong", {}, title || t("Location")),
    h("span", {}, address || `${latitude}, ${longitude}`),
  );
  return h("a", attributes, map(Number(latitude), Number(longitude)), words);
}

/** Streets, a park and a river that differ from place to place. */
function map(latitude, longitude) {
  const seed = Math.abs(Math.round((latitude * 131 + longitude * 977) * 100)) || 1;
  const at = (step, range) => (Math.imul(seed + step * 7919, 2654435761) >>> 8) % range;
  const street = (d, width) => svg("path", { d, fill: "none", stroke: "#fff", "stroke-width": width });
  return svg(
    "svg",
    { viewBox: "0 0 240 110", class: "map", "aria-hidden": "true", preserveAspectRatio: "xMidYMid slice" },
    svg("rect", { width: 240, height: 110, fill: "#e8e4da" }),
    svg("rect", { x: at(1, 150), y: at(2, 60), width: 60 + at(3, 40), height: 34, rx: 6, fill: "#cfe6c2" }),
    svg("path", {
      d: `M-10 ${20 + at(4, 70)}C60 ${at(5, 110)} 150 ${at(6, 110)} 250 ${20 + at(7, 70)}`,
      fill: "none",
      stroke: "#b5d5ee",
      "stroke-width": 14,
    }),
    [0, 1, 2].map((number) =>
      street(`M${20 + number * 80 + at(8 + number, 40)} -5l${at(11 + number, 30) - 15} 120`, number === 1 ? 7 : 4),
    ),
    [0, 1].map((number) =>
      street(`M-5 ${25 + number * 50 + at(14 + number, 20)}l250 ${at(16 + number, 24) - 12}`, number ? 4 : 7),
    ),
    svg("path", { d: "M120 74c-14-18-18-24-18-32a18 18 0 0 1 36 0c0 8-4 14-18 32z", fill: "#e4572e" }),
    svg("circle", { cx: 120, cy: 42, r: 7, fill: "#fff" }),
  );
}

/** Draw a file that a person sent. */
export function fileBubble({ fileName, fileSize }) {
  const size = t("{count} kB", { count: decimal((fileSize ?? 0) / 1000) });
  return h(
    "div",
    { class: "bubble file" },
    h("span", { "aria-hidden": "true" }, "📄"),
    h("span", {}, h("strong", {}, fileName ?? ""), h("small", { class: "quiet" }, size)),
  );
}
