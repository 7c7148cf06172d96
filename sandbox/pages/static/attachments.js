// Films, voice messages, files and several pictures at once, and how LINE hands them to the account.

import { attempt } from "./api.js";
import { h } from "./dom.js";
import { choice } from "./fields.js";
import { drawScene, SCENES, toUpload } from "./pictures.js";
import { t } from "./words.js";

// The sandbox takes requests of 2 MB, and base64 makes a file a third larger.
const LARGEST_FILE = 1_400_000;
const SCENES_TOGETHER = 3;

// What LINE does when the account asks for the bytes of a message.
const WAYS = {
  once: {},
  later: { ready_after_seconds: 20 },
  never: { failed: true },
  expires: { expires_after_seconds: 0 },
};

let way = "once";

/** The section of the tray that sends files; `composer` sends what was chosen. */
export function attachments(composer, tile) {
  const send = (message) => composer.sendAndClose({ ...message, ...WAYS[way] });
  const file = ownFiles(send);
  return h(
    "section",
    {},
    h("h3", {}, t("Files")),
    ways(),
    h(
      "div",
      { class: "tray-list" },
      tile(t("Three pictures together"), () => sendTogether(composer), h("strong", {}, t("Three pictures together"))),
      tile(t("A video"), () => send({ type: "video" }), h("strong", {}, t("A video"))),
      tile(t("A voice message"), () => send({ type: "audio" }), h("strong", {}, t("A voice message"))),
      tile(t("A file"), () => send({ type: "file", fileName: t("Note.txt") }), h("strong", {}, t("A file"))),
      tile(
        t("Your own files"),
        () => file.click(),
        h("strong", {}, t("Your own files")),
        h("small", {}, t("pictures, videos, sounds or any file, up to 1.4 MB each")),
      ),
      file,
    ),
  );
}

function ways() {
  const options = [
    ["once", t("at once")],
    ["later", t("after 20 seconds of preparing it")],
    ["never", t("never, since its preparing fails")],
    ["expires", t("no longer, since it has expired")],
  ];
  const labelled = choice(t("LINE hands it to the account"), "way", options, way);
  labelled.querySelector("select").addEventListener("change", (event) => (way = event.target.value));
  return labelled;
}

function ownFiles(send) {
  const input = h("input", { type: "file", multiple: true, class: "sr", tabindex: "-1", "aria-label": t("Your own files") });
  input.addEventListener("change", async () => {
    for (const message of await messagesOf([...input.files])) await send(message);
    input.value = "";
  });
  return input;
}

/** The messages that a phone sends for these files: several pictures are a set. */
export async function messagesOf(files) {
  const kinds = files.map(kindOf);
  const total = kinds.filter((kind) => kind === "image").length;
  const set = total > 1 ? newSet() : null;
  let index = 0;
  const messages = [];
  for (const [at, file] of files.entries()) {
    const message = await attempt(() => messageOf(file, kinds[at]));
    if (message && set && kinds[at] === "image") message.imageSet = { id: set, index: (index += 1), total };
    if (message) messages.push(message);
  }
  return messages;
}

function kindOf({ type }) {
  const [kind] = type.split("/");
  if (["image/jpeg", "image/png", "image/gif", "image/webp"].includes(type)) return "image";
  return ["video", "audio"].includes(kind) ? kind : "file";
}

async function messageOf(file, kind) {
  if (file.size > LARGEST_FILE) throw new Error(t("{name} is larger than 1.4 MB.", { name: file.name }));
  const upload = base64(new Uint8Array(await file.arrayBuffer()));
  const named = kind === "file" ? { fileName: file.name, fileSize: file.size } : {};
  return { type: kind, upload, upload_type: file.type || "application/octet-stream", ...named };
}

function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

const newSet = () => String(Date.now()) + Math.floor(Math.random() * 1e6);

async function sendTogether(composer) {
  const id = newSet();
  for (const [at, scene] of SCENES.slice(0, SCENES_TOGETHER).entries()) {
    const imageSet = { id, index: at + 1, total: SCENES_TOGETHER };
    await composer.sendAndClose({ type: "image", ...toUpload(drawScene(scene, 800)), imageSet, ...WAYS[way] });
  }
}
