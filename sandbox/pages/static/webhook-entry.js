// One request to a bot, as both pages show it: what it told, what came back, how long it took, and the body.

import { attempt, call, copy } from "./api.js";
import { h } from "./dom.js";
import { button } from "./fields.js";
import { bdi } from "./names.js";
import { decimal, exactTime, t, timeElement } from "./words.js";

const WAITING = ["waiting", "held"];

/** LINE's words for what went wrong, in ours. */
export const REASONS = {
  COULD_NOT_CONNECT: "not reached",
  REQUEST_TIMEOUT: "too slow",
  ERROR_STATUS_CODE: "error answer",
  UNCLASSIFIED: "failed",
  waiting: "waiting",
  held: "held",
  joined: "went along",
};

/** What became of the request, in a word and a colour. */
export function outcome({ succeeded, reason, status }) {
  if (succeeded) return ["good", String(status)];
  if (WAITING.includes(reason)) return ["wait", t(reason)];
  if (reason.startsWith("joined")) return ["wait", t("went along with #{number}", { number: reason.slice(7) })];
  return ["bad", status ? String(status) : t(REASONS[reason] ?? reason)];
}

/** The request as an element that opens to show its body. */
export function webhookEntry(entry, { open = false, name = null } = {}) {
  const [kind, word] = outcome(entry);
  const types = entry.event_types.length ? entry.event_types.join(", ") : t("no events");
  const again =
    entry.attempt > 1 ? h("span", { class: "chip wait" }, t("attempt {number}", { number: entry.attempt })) : null;
  const summary = h(
    "summary",
    {},
    timeElement(entry.at, exactTime(entry.at)),
    h("span", { class: "what" }, h("strong", {}, types), name ? h("span", { class: "quiet" }, bdi(name)) : null, again),
    h(
      "span",
      { class: entry.within_limit ? "ms" : "ms over" },
      entry.milliseconds ? t("{count} ms", { count: decimal(entry.milliseconds) }) : "",
    ),
    h("span", { class: `chip ${kind}` }, word),
  );
  return h("details", { class: "entry", open, dataset: { number: entry.number } }, summary, details(entry));
}

function details(entry) {
  const repeat = (redelivery) =>
    attempt(() => call("POST", `/channels/${entry.channel_id}/webhooks/${entry.number}/repeat`, { redelivery }));
  return h(
    "div",
    { class: "entry-body" },
    h("p", { class: "quiet" }, entry.url || t("not sent yet"), entry.detail ? ` · ${entry.detail}` : ""),
    h("pre", { tabindex: "0" }, spaced(entry.body)),
    h(
      "div",
      { class: "buttons" },
      button(t("Send again as duplicate"), () => repeat(false)),
      button(t("Send again as redelivery"), () => repeat(true)),
      button(t("Copy"), () => copy(entry.body)),
    ),
  );
}

function spaced(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body || t("not sent yet");
  }
}
