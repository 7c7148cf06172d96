// What the tray below the input offers: stickers, pictures (drawn samples or one's own), files, and places.

import { attempt } from "./api.js";
import { ask } from "./asking.js";
import { attachments } from "./attachments.js";
import { h } from "./dom.js";
import { field } from "./fields.js";
import { EMOJI, emojiDrawing } from "./line-emoji.js";
import { drawScene, fromFile, SCENES, toUpload } from "./pictures.js";
import { sticker, TRAY } from "./stickers.js";
import { t } from "./words.js";

const PLACES = [
  {
    title: "Tokyo Station",
    address: "1-9-1 Marunouchi, Chiyoda-ku, Tokyo",
    latitude: 35.681236,
    longitude: 139.767125,
  },
  {
    title: "Kyoto Station",
    address: "Higashi-Shiokoji, Shimogyo-ku, Kyoto",
    latitude: 34.985849,
    longitude: 135.758767,
  },
  { title: "Odori Park", address: "Odori-Nishi, Chuo-ku, Sapporo", latitude: 43.060095, longitude: 141.354763 },
];

/** Put one kind of thing into the tray. */
export function fillTray(tray, name, composer) {
  if (name === "stickers") tray.replaceChildren(emoji(composer), stickers(composer));
  else
    tray.replaceChildren(
      ...(name === "places" ? [places(composer), pictures(composer), attachments(composer, tile)]
        : [pictures(composer), attachments(composer, tile), places(composer)]),
    );
}

const tile = (label, click, ...content) =>
  h("button", { type: "button", "aria-label": label, title: label, on: { click } }, ...content);

function stickers(composer) {
  const buttons = TRAY.map(({ name, packageId, stickerId }) => {
    const send = () => composer.sendAndClose({ type: "sticker", packageId, stickerId, keywords: [name] });
    return tile(t(name), send, sticker(packageId, stickerId, ""));
  });
  return h("section", {}, h("h3", {}, t("Stickers")), h("div", { class: "tray-grid stickers" }, buttons));
}

/** LINE emoji go into the text, between its words. */
function emoji(composer) {
  const buttons = EMOJI.map((one) => tile(t("Emoji: {name}", { name: t(one.name) }), () => composer.insertEmoji(one), emojiDrawing(one, "")));
  return h("section", {}, h("h3", {}, t("LINE emoji, into the text")), h("div", { class: "tray-grid emojis" }, buttons));
}

function pictures(composer) {
  const samples = SCENES.map((scene) =>
    tile(t(scene.name), () => sendPicture(composer, drawScene(scene)), drawScene(scene, 160)),
  );
  const file = h("input", {
    type: "file",
    accept: "image/*",
    class: "sr",
    tabindex: "-1",
    "aria-label": t("Your own picture"),
  });
  file.addEventListener("change", () => file.files.length && sendPicture(composer, fromFile(file.files[0])));
  const own = tile(
    t("Your own picture"),
    () => file.click(),
    h("span", { "aria-hidden": "true" }, "⬆"),
    h("span", {}, t("Your own picture")),
  );
  return h("section", {}, h("h3", {}, t("Pictures")), h("div", { class: "tray-grid pictures" }, samples, own, file));
}

async function sendPicture(composer, canvas) {
  const message = await attempt(async () => toUpload(await canvas));
  if (message) await composer.sendAndClose({ type: "image", ...message });
}

function places(composer) {
  const send = (place) => composer.sendAndClose({ type: "location", ...place });
  const known = PLACES.map((place) => {
    const words = { title: t(place.title), address: t(place.address) };
    return tile(
      words.title,
      () => send({ ...place, ...words }),
      h("strong", {}, words.title),
      h("small", {}, words.address),
    );
  });
  const other = tile(
    t("Another place"),
    () => askPlace(send),
    h("strong", {}, t("Another place")),
    h("small", {}, t("with your own name and coordinates")),
  );
  return h("section", {}, h("h3", {}, t("Places")), h("div", { class: "tray-list" }, known, other));
}

async function askPlace(send) {
  const degrees = (limit) => ({ type: "number", step: "any", min: -limit, max: limit, required: true });
  const answer = await ask(t("Another place"), [
    field(t("Name"), { name: "title", value: t("Our meeting place"), required: true, maxlength: 100 }),
    field(t("Address"), { name: "address", value: t("Shibuya, Tokyo"), required: true, maxlength: 100 }),
    field(t("Latitude"), { name: "latitude", value: "35.658", ...degrees(90) }),
    field(t("Longitude"), { name: "longitude", value: "139.7016", ...degrees(180) }),
  ]);
  if (answer) await send({ ...answer, latitude: Number(answer.latitude), longitude: Number(answer.longitude) });
}
