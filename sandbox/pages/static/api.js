// Speaking to the sandbox's control API, and telling the reader when it refuses.

import { h, byId } from "./dom.js";
import { t } from "./words.js";

const API = "/_sandbox/api";
const TOAST_MS = 5000;
const RELOAD_MS = 2000;

/** Call the API; a refusal is thrown as an Error with its sentence. */
export async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(API + path, options);
  } catch {
    throw new Error(t("The sandbox does not answer. Is it running?"));
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(t(answer.error ?? answer.message ?? "That did not work."));
  return answer;
}

/** Do something; when it fails the reader is told why, and undefined comes back. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message, "bad");
    return undefined;
  }
}

/** A short message in the corner. */
export function toast(text, kind = "good") {
  const note = h("div", { class: `toast ${kind}` }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

/** Put text on the clipboard, where the browser allows it; otherwise show it to be copied by hand. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("Copied."));
  } catch {
    window.prompt(t("Copy this:"), text);
  }
}

/**
 * Follow a stream of news; `lost` is called with true when the line is cut and false when it is back.
 * A stream that is refused has nothing to follow any more: then the page itself is asked for again.
 */
export function follow(path, news, lost) {
  const source = new EventSource(path);
  source.addEventListener("message", (event) => news(JSON.parse(event.data)));
  source.addEventListener("open", () => lost(false));
  source.addEventListener("error", () => {
    lost(true);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), RELOAD_MS);
  });
  return source;
}
